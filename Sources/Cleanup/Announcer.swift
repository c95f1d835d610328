package import GoogleCloud
package import Timestamps

/// Publishes removals once they are done.
///
/// A removal stands whether or not it could be announced, so a failure here does not change the answer to a push.
package struct Announcer: Sendable {
    /// The outcome of announcing one write.
    package enum Result: Equatable, Sendable {
        /// No topic is configured, or there was nothing to announce.
        case nothingToDo
        /// All messages were published.
        case published(messages: Int)
        /// At least one message was not published; the removal stands all the same.
        case failed(String)
    }

    /// The time limit for all messages of one write; other callers for the same resource wait meanwhile.
    package static let publishTime: Duration = .seconds(5)
    /// The pause before the single retry.
    private static let pause: Duration = .milliseconds(200)

    private let topic: TopicPath?
    private let publisher: TopicPublisher
    private let time: TimeSource

    /// Creates an announcer; without a topic it publishes nothing.
    package init(topic: TopicPath?, publisher: TopicPublisher, time: TimeSource) {
        self.topic = topic
        self.publisher = publisher
        self.time = time
    }

    /// Publishes what a write removed; does nothing on a dry run.
    ///
    /// Each message is retried once if Pub/Sub was unavailable, so it may be published twice.
    package func announce(_ write: PolicyWrite) async -> Result {
        guard let topic else { return .nothingToDo }
        let messages = Announcement.messages(for: write)
        guard !messages.isEmpty else { return .nothingToDo }
        let attributes = Announcement.attributes(of: write)
        let deadline = time.uptime() + Self.publishTime
        func publish(_ data: [UInt8]) async throws(PublishError) {
            let left = deadline - time.uptime()
            _ = try await publisher.publish(topic: topic, data: data, attributes: attributes, within: left)
        }
        for data in messages {
            do throws(PublishError) {
                do throws(PublishError) { try await publish(data) } catch {
                    guard case .unavailable = error, deadline - time.uptime() > Self.pause * 2 else { throw error }
                    // On cancellation the next attempt fails by itself.
                    try? await time.sleep(Self.pause)
                    try await publish(data)
                }
            } catch {
                return .failed("\(error)")
            }
        }
        return .published(messages: messages.count)
    }
}
