internal import Cleanup
internal import Logging

extension PushLog {
    /// The ways in which the push of an activation that has not ended can end.
    func notEnded(
        _ seconds: Int64,
        googleIsBehindSeconds: Int64?,
        _ rescue: Republisher.Result
    ) -> PushAnswer {
        func fields(_ own: Logger.Metadata = [:]) -> Logger.Metadata {
            var fields = own
            fields["seconds"] = .stringConvertible(seconds)
            if let behind = googleIsBehindSeconds { fields["clock_ahead_seconds"] = .stringConvertible(behind) }
            return fields
        }
        switch rescue {
        case .notDue:
            if googleIsBehindSeconds == nil {
                line(.info, "activation.waiting", "Not ended: Pub/Sub will deliver again", fields())
            } else {
                line(
                    .warning,
                    "activation.clock-ahead",
                    "Not ended by Google's clock, only by this machine's: Pub/Sub will deliver again",
                    fields()
                )
            }
            return .notEnded(retryAfterSeconds: seconds)
        case .published(let count, let reason):
            line(
                .notice,
                "message.republished",
                "Acknowledged: not ended, and published again before Pub/Sub drops it",
                fields(["reason": .string(reason.rawValue), "republished": .stringConvertible(count)])
            )
            return .acknowledged
        case .impossible(let obstacle, let reason):
            line(
                obstacle == .limits ? .error : .warning,
                "message.not-republished",
                "Not ended, and cannot be published again: Pub/Sub may drop it before it ends",
                fields(["reason": .string(reason.rawValue), "obstacle": .string(obstacle.rawValue)])
            )
            return .notEnded(retryAfterSeconds: seconds)
        case .failed(let why, let reason):
            line(
                .error,
                "message.republish-failed",
                "Not acknowledged: PUBSUB_TOPIC_NAME did not take the message that Pub/Sub is about to drop",
                fields(["reason": .string(reason.rawValue), "detail": Self.short(why)])
            )
            return .failedForNow(retryAfterSeconds: 10)
        }
    }
}
