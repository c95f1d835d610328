package import Timestamps

/// When a message that is still needed must be published again before Pub/Sub drops it.
///
/// Pub/Sub drops a message when the subscription's retention ends, without notice.
package struct RepublishRule: Equatable, Sendable {
    /// The longest delay between two deliveries that a retry policy can ask for, twice, so that one failed publish does
    /// no harm (https://docs.cloud.google.com/pubsub/docs/subscription-retry-policy).
    private static let shortestMarginSeconds: Int64 = 1200
    /// The same and an hour, since deliveries can come later than asked for: push backoff, an outage, a deployment.
    private static let longestMarginSeconds: Int64 = 4800
    /// A short retention leaves no room for that; so much of it must do.
    private static let shareOfRetention: Int64 = 7

    /// The shortest retention that leaves room to publish again, in seconds.
    package static let minimumRetentionSeconds: Int64 = 7200

    /// The subscription's retention.
    package let retentionSeconds: Int64

    /// A rule for a subscription of this retention.
    package init(retentionSeconds: Int64) {
        self.retentionSeconds = retentionSeconds
    }

    /// How long before the end of retention a message is published again, in seconds.
    package var marginSeconds: Int64 {
        max(Self.shortestMarginSeconds, min(Self.longestMarginSeconds, retentionSeconds / Self.shareOfRetention))
    }

    /// Whether Pub/Sub is about to drop a message; false without a publish time, since its age is not known.
    package func isAboutToDrop(publishTime: Instant?, now: Instant) -> Bool {
        guard let publishTime else { return false }
        return publishTime.adding(seconds: retentionSeconds - marginSeconds) <= now
    }
}
