package import GoogleCloud
package import Timestamps

/// Republishes messages that are still needed before Pub/Sub drops them, so that an activation may last, and its
/// cleanup fail, for longer than the subscription's retention.
package struct Republisher: Sendable {
    /// The outcome of republishing a message.
    package enum Result: Equatable, Sendable {
        /// It was republished, for the `count`th time, and may be acknowledged.
        case published(count: Int)
        /// It should be republished, but cannot be: it may be lost.
        case impossible(Obstacle)
        /// Publishing failed, so it must not be acknowledged.
        case failed(String)
    }

    /// Why a message cannot be republished.
    package enum Obstacle: String, Sendable {
        /// `PUBSUB_TOPIC_NAME` is not set.
        case noTopic = "no-topic"
        /// The two added attributes would exceed Pub/Sub's limits.
        case limits = "message-limits"
        /// Nothing is published on a dry run.
        case dryRun = "dry-run"
    }

    /// The attribute that counts how often a message was republished.
    package static let countAttribute = "jitcleanup-republished"
    /// The attribute with the first copy's publish time (RFC 3339).
    package static let firstPublishedAttribute = "jitcleanup-first-published"

    /// The maximum time for one publish.
    private static let longestPublish: Duration = .seconds(5)

    private let topic: TopicPath?
    private let publisher: TopicPublisher
    private let rule: RepublishRule
    private let isDryRun: Bool
    private let timeForPublish: Duration
    private let time: TimeSource

    /// Creates a republisher; without a topic it only reports when one would have been needed.
    ///
    /// - Parameters:
    ///   - topic: The subscription's topic.
    ///   - publisher: The client that publishes.
    ///   - rule: Decides when a message is due.
    ///   - isDryRun: Whether publishing is disabled.
    ///   - timeout: How long keeping or cleaning a notice may take.
    ///   - time: Source of the current time.
    package init(
        topic: TopicPath?,
        publisher: TopicPublisher,
        rule: RepublishRule,
        isDryRun: Bool,
        timeout: Duration,
        time: TimeSource
    ) {
        self.topic = topic
        self.publisher = publisher
        self.rule = rule
        self.isDryRun = isDryRun
        timeForPublish = min(Self.longestPublish, timeout / 2)
        self.time = time
    }

    /// How much of a push's time limit to reserve for a publish; zero if none can follow.
    package var reservedTime: Duration { topic == nil || isDryRun ? .zero : timeForPublish }

    /// Whether Pub/Sub is about to drop a message.
    package func isDue(publishTime: Instant?, now: Instant) -> Bool {
        rule.isAboutToDrop(publishTime: publishTime, now: now)
    }

    /// Republishes a message that is still needed.
    ///
    /// Data and attributes are kept, apart from this service's two attributes and those Pub/Sub reserves.
    ///
    /// - Parameters:
    ///   - data: The message's data.
    ///   - attributes: Its attributes.
    ///   - publishTime: When Pub/Sub accepted it; nil if unknown.
    /// - Returns: The outcome.
    package func republish(
        data: [UInt8],
        attributes: [String: String],
        publishTime: Instant?
    ) async -> Result {
        let count = Self.count(in: attributes) + 1
        var attributes = TopicPublisher.withoutReserved(attributes)
        attributes[Self.countAttribute] = String(count)
        if attributes[Self.firstPublishedAttribute] == nil {
            attributes[Self.firstPublishedAttribute] = (publishTime ?? time.now()).description
        }
        return await publish(data, attributes, count: count)
    }

    /// Publishes one of our own notices.
    package func publish(_ data: [UInt8]) async -> Result { await publish(data, [:], count: 1) }

    private func publish(_ data: [UInt8], _ attributes: [String: String], count: Int) async -> Result {
        guard let topic else { return .impossible(.noTopic) }
        guard !isDryRun else { return .impossible(.dryRun) }
        do throws(PublishError) {
            _ = try await publisher.publish(topic: topic, data: data, attributes: attributes, within: timeForPublish)
            return .published(count: count)
        } catch {
            return error == .invalidMessage ? .impossible(.limits) : .failed("\(error)")
        }
    }

    /// The attribute is untrusted: any publisher can set it.
    private static func count(in attributes: [String: String]) -> Int {
        guard let text = attributes[countAttribute], let count = Int(text), (0..<1_000_000).contains(count) else {
            return 0
        }
        return count
    }
}

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
