package import GoogleCloud
package import Timestamps

/// Publishes messages that are still needed again before Pub/Sub drops them, so that an activation may last, and its
/// clean-up fail, for longer than the subscription keeps a message.
package struct Republisher: Sendable {
    /// What became of a message that is still needed.
    package enum Result: Equatable, Sendable {
        /// It has time; leave it to Pub/Sub.
        case notDue
        /// It is in the topic anew for the given time, and may be acknowledged.
        case published(count: Int)
        /// It should be published again, but cannot: it may be lost.
        case impossible(Obstacle)
        /// It could not be published now, so it must not be acknowledged.
        case failed(String)
    }

    /// Why a message can not be published again.
    package enum Obstacle: String, Sendable {
        /// `PUBSUB_TOPIC_NAME` is not set.
        case noTopic = "no-topic"
        /// With two more attributes it would break Pub/Sub's limits.
        case limits = "message-limits"
        /// Nothing is published on a dry run.
        case dryRun = "dry-run"
    }

    /// The attribute that counts how often a message was published again.
    package static let countAttribute = "jitcleanup-republished"
    /// The attribute that says when its first copy was published (RFC 3339).
    package static let firstPublishedAttribute = "jitcleanup-first-published"

    /// The most time for one publish.
    private static let longestPublish: Duration = .seconds(5)

    private let topic: TopicPath?
    private let publisher: TopicPublisher
    private let rule: RepublishRule
    private let isDryRun: Bool
    private let timeForPublish: Duration
    private let time: TimeSource

    /// A republisher; without a topic it only says when one would have been needed.
    ///
    /// - Parameters:
    ///   - topic: The topic that the subscription is for.
    ///   - publisher: The way there.
    ///   - rule: When a message is due.
    ///   - isDryRun: Whether nothing may be published.
    ///   - timeout: The time in which a push must be answered.
    ///   - time: The clocks.
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

    /// How much of the time for an answer has to be left for a publish; nothing where none can follow.
    package var reservedTime: Duration { topic == nil || isDryRun ? .zero : timeForPublish }

    /// Whether Pub/Sub is about to drop a message.
    package func isDue(publishTime: Instant?) -> Bool { rule.isAboutToDrop(publishTime: publishTime, now: time.now()) }

    /// Publishes a message that is still needed once more, unless Pub/Sub keeps it long enough.
    ///
    /// Data and attributes stay as they are, but for the two attributes of this service.
    ///
    /// - Parameters:
    ///   - data: The message's data.
    ///   - attributes: Its attributes.
    ///   - publishTime: When Pub/Sub took it; nil if that is not known.
    /// - Returns: What became of it.
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

    /// Publishes a notice of our own.
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

    /// Any publisher can write the attribute, so it may hold anything.
    private static func count(in attributes: [String: String]) -> Int {
        guard let text = attributes[countAttribute], let count = Int(text), (0..<1_000_000).contains(count) else {
            return 0
        }
        return count
    }
}
