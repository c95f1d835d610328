package import GoogleCloud
package import Timestamps

/// Republishes messages that are still needed before Pub/Sub drops them, so that an activation may last, and its
/// cleanup fail, for longer than the subscription's retention.
package struct Republisher: Sendable {
    /// The outcome for a message that is still needed.
    package enum Result: Equatable, Sendable {
        /// It is not about to be dropped; leave it to Pub/Sub.
        case notDue
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
    ///   - timeout: The time limit for answering a push.
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
    package func isDue(publishTime: Instant?) -> Bool { rule.isAboutToDrop(publishTime: publishTime, now: time.now()) }

    /// Republishes a message that is still needed, unless Pub/Sub keeps it long enough.
    ///
    /// Data and attributes are kept, apart from this service's two attributes and those Pub/Sub reserves.
    ///
    /// - Parameters:
    ///   - data: The message's data.
    ///   - attributes: Its attributes.
    ///   - publishTime: When Pub/Sub accepted it; nil if unknown.
    /// - Returns: The outcome.
    package func rescue(
        data: [UInt8],
        attributes: [String: String],
        publishTime: Instant?
    ) async -> Result {
        let now = time.now()
        guard rule.isAboutToDrop(publishTime: publishTime, now: now) else { return .notDue }
        let count = Self.count(in: attributes) + 1
        var attributes = TopicPublisher.withoutReserved(attributes)
        attributes[Self.countAttribute] = String(count)
        if attributes[Self.firstPublishedAttribute] == nil {
            attributes[Self.firstPublishedAttribute] = (publishTime ?? now).description
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
