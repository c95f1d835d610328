internal import Cleanup
internal import Logging

/// The ways in which a push can end whose message has to come again: it waits for an end, or its clean-up failed.
extension PushLog {
    func stillNeeded(_ need: MessageNeed, _ rescue: Republisher.Result) -> PushAnswer {
        switch rescue {
        case .notDue:
            return leftToPubSub(need)
        case .published(let count, let reason):
            let level = max(.notice, need.level)
            line(
                level,
                "message.republished",
                need.isOfFailure
                    ? "Acknowledged: not cleaned, and published again before Pub/Sub drops it"
                    : "Acknowledged: not ended, and published again before Pub/Sub drops it",
                fields(need, reason, ["republished": .stringConvertible(count)])
            )
            return .acknowledged
        case .impossible(let obstacle, let reason):
            let level = max(obstacle == .limits ? .error : .warning, need.level)
            line(
                level,
                "message.not-republished",
                need.isOfFailure
                    ? "Not cleaned, and cannot be published again: Pub/Sub may drop it before it is"
                    : "Not ended, and cannot be published again: Pub/Sub may drop it before it ends",
                fields(need, reason, ["obstacle": .string(obstacle.rawValue)])
            )
            return need.refusal
        case .failed(let why, let reason):
            line(
                .error,
                "message.republish-failed",
                "Not acknowledged: PUBSUB_TOPIC_NAME did not take the message that Pub/Sub is about to drop",
                fields(need, reason, ["detail": Self.short(why)])
            )
            return .failedForNow(retryAfterSeconds: 10)
        }
    }

    /// Pub/Sub keeps the message long enough for another delivery.
    private func leftToPubSub(_ need: MessageNeed) -> PushAnswer {
        switch need {
        case .failed(let failure):
            line(
                need.level,
                "activation.failed",
                "Not cleaned: Pub/Sub will deliver again",
                ["reason": .string(failure.reason), "detail": Self.short(failure.detail)]
            )
        case .notEnded(_, googleIsBehindSeconds: nil):
            line(need.level, "activation.waiting", "Not ended: Pub/Sub will deliver again", need.fields)
        case .notEnded:
            line(
                .warning,
                "activation.clock-ahead",
                "Not ended by Google's clock, only by this machine's: Pub/Sub will deliver again",
                need.fields
            )
        }
        return need.refusal
    }

    private func fields(
        _ need: MessageNeed,
        _ reason: AgeingRule.Reason,
        _ own: LogFields
    ) -> LogFields {
        need.fields.adding(own).adding(["reason": .string(reason.rawValue)])
    }
}
