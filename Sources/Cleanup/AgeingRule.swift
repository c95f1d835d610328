package import Timestamps

/// When a message that is still needed must be published again, lest Pub/Sub drops it first.
///
/// Pub/Sub drops a message when the subscription's retention ends, and hands it to the dead-letter topic, if there is
/// one, after so many deliveries. It tells neither beforehand.
package struct AgeingRule: Equatable, Sendable {
    /// Why a message does not have much longer.
    package enum Reason: String, Sendable {
        /// The subscription's retention is about to end.
        case retention
        /// The next deliveries are its last.
        case deliveryAttempts = "delivery-attempts"
    }

    /// The longest delay between two deliveries that a retry policy can ask for
    /// (https://docs.cloud.google.com/pubsub/docs/subscription-retry-policy).
    private static let longestRetrySeconds: Int64 = 600
    /// Deliveries can come later than asked for: push backoff, an outage, a deployment.
    private static let outageSeconds: Int64 = 3600
    /// A short retention leaves no room for the above; so much of it must do.
    private static let shareOfRetention: Int64 = 7
    /// So many deliveries are left when a message is published again: one to fail, and one to spare since the count
    /// is approximate.
    private static let sparedAttempts: Int64 = 2

    /// The subscription's retention.
    package let retentionSeconds: Int64
    /// The dead-letter policy's number; nil without one.
    package let maximumAttempts: Int64?

    /// A rule for a subscription of these properties.
    package init(retentionSeconds: Int64, maximumAttempts: Int64?) {
        self.retentionSeconds = retentionSeconds
        self.maximumAttempts = maximumAttempts
    }

    /// How long before the end of retention a message is published again, in seconds.
    ///
    /// The longest retry delay twice, so that one failed publish does no harm, and an hour for an outage; a seventh of
    /// the retention if that is less.
    package var marginSeconds: Int64 {
        min(2 * Self.longestRetrySeconds + Self.outageSeconds, retentionSeconds / Self.shareOfRetention)
    }

    /// Why a message must be published again now; nil while it can be left to Pub/Sub.
    ///
    /// - Parameters:
    ///   - publishTime: When Pub/Sub took it; without it, its age is not known and cannot be a reason.
    ///   - deliveryAttempt: The delivery's number; Pub/Sub sends it only with a dead-letter policy.
    ///   - now: The time.
    /// - Returns: The reason that comes first.
    package func reason(publishTime: Instant?, deliveryAttempt: Int64?, now: Instant) -> Reason? {
        if let publishTime, publishTime.adding(seconds: retentionSeconds - marginSeconds) <= now { return .retention }
        if let maximumAttempts, let deliveryAttempt, deliveryAttempt >= maximumAttempts - Self.sparedAttempts {
            return .deliveryAttempts
        }
        return nil
    }
}
