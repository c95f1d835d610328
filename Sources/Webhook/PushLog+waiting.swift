internal import Cleanup
internal import Logging

extension PushLog {
    /// The ways in which the push of an activation that has not ended can end.
    func notEnded(
        _ seconds: Int64,
        googleIsBehindSeconds: Int64?,
        _ rescue: Republisher.Result
    ) -> PushAnswer {
        var fields: Logger.Metadata = ["seconds": .stringConvertible(seconds)]
        if let behind = googleIsBehindSeconds {
            let clocks = fields.merging(["clock_ahead_seconds": .stringConvertible(behind)]) { $1 }
            line(.warning, "activation.clock-ahead", "Not ended by Google's clock, only by this machine's", clocks)
        }
        switch rescue {
        case .notDue:
            if googleIsBehindSeconds == nil {
                line(.info, "activation.waiting", "Not ended: Pub/Sub will deliver again", fields)
            }
            return .notEnded(retryAfterSeconds: seconds)
        case .published(let count, let reason):
            fields["reason"] = "\(reason.rawValue)"
            fields["republished"] = "\(count)"
            line(
                .notice,
                "message.republished",
                "Acknowledged: not ended, and published again before Pub/Sub drops it",
                fields
            )
            return .acknowledged
        case .impossible(let obstacle, let reason):
            fields["reason"] = "\(reason.rawValue)"
            fields["obstacle"] = "\(obstacle.rawValue)"
            line(
                obstacle == .limits ? .error : .warning,
                "message.not-republished",
                "Not ended, and cannot be published again: Pub/Sub may drop it before it ends",
                fields
            )
            return .notEnded(retryAfterSeconds: seconds)
        case .failed(let why, let reason):
            fields["reason"] = "\(reason.rawValue)"
            fields["detail"] = Self.short(why)
            line(
                .error,
                "message.republish-failed",
                "Not acknowledged: PUBSUB_TOPIC_NAME did not take the message that Pub/Sub is about to drop",
                fields
            )
            return .failedForNow(retryAfterSeconds: 10)
        }
    }
}
