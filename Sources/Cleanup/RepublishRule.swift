package import Timestamps

/// Decides when a message that is still needed must be republished before Pub/Sub drops it.
///
/// Pub/Sub silently drops a message when the subscription's retention ends.
package struct RepublishRule: Equatable, Sendable {
    /// Twice the maximum backoff of a retry policy, so that one failed publish does no harm
    /// (https://docs.cloud.google.com/pubsub/docs/subscription-retry-policy).
    private static let shortestMarginSeconds: Int64 = 1200
    /// The same plus an hour, since deliveries can be later than requested: push backoff, an outage, a deployment.
    private static let longestMarginSeconds: Int64 = 4800
    /// With a short retention, the margin is this fraction of it: one in seven.
    private static let shareOfRetention: Int64 = 7

    /// The minimum retention that leaves room to republish, in seconds.
    package static let minimumRetentionSeconds: Int64 = 7200

    /// The subscription's message retention, in seconds.
    package let retentionSeconds: Int64

    /// Creates a rule for a subscription with this retention.
    package init(retentionSeconds: Int64) {
        self.retentionSeconds = retentionSeconds
    }

    /// How long before the end of retention a message is republished, in seconds.
    package var marginSeconds: Int64 {
        max(Self.shortestMarginSeconds, min(Self.longestMarginSeconds, retentionSeconds / Self.shareOfRetention))
    }

    /// Whether Pub/Sub is about to drop a message; false without a publish time, since the age is unknown.
    package func isAboutToDrop(publishTime: Instant?, now: Instant) -> Bool {
        guard let publishTime else { return false }
        return publishTime.adding(seconds: retentionSeconds - marginSeconds) <= now
    }
}
