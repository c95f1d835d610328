package import GoogleCloud
package import Timestamps

/// Tells the world of removals, once they are done.
///
/// A removal stands whether or not it could be announced, so a failure here changes no answer.
package struct Announcer: Sendable {
    /// What became of an announcement.
    package enum Result: Equatable, Sendable {
        /// There is no topic, or there was nothing to announce.
        case nothingToDo
        /// All of them were published.
        case published(messages: Int)
        /// Not all of them were; the removal stands all the same.
        case failed(String)
    }

    /// The time for all messages of one write: while it runs, others wait for the same project.
    package static let publishTime: Duration = .seconds(5)
    /// The pause before the one further try.
    private static let pause: Duration = .milliseconds(200)

    private let topic: TopicPath?
    private let publisher: TopicPublisher
    private let time: TimeSource

    /// An announcer; without a topic it stays silent.
    package init(topic: TopicPath?, publisher: TopicPublisher, time: TimeSource) {
        self.topic = topic
        self.publisher = publisher
        self.time = time
    }

    /// Publishes what a write took away; nothing on a dry run.
    ///
    /// Each message is tried once more if Pub/Sub was not to be reached, so it may be published twice.
    package func announce(_ write: PolicyWrite) async -> Result {
        guard let topic else { return .nothingToDo }
        let messages = Announcement.messages(for: write)
        guard !messages.isEmpty else { return .nothingToDo }
        let attributes = Announcement.attributes(of: write)
        let deadline = time.uptime() + Self.publishTime
        for data in messages {
            do throws(PublishError) {
                do throws(PublishError) {
                    _ = try await publisher.publish(
                        topic: topic,
                        data: data,
                        attributes: attributes,
                        within: deadline - time.uptime()
                    )
                } catch {
                    guard case .unavailable = error, deadline - time.uptime() > Self.pause * 2 else { throw error }
                    // Cancellation fails the next try by itself.
                    try? await time.sleep(Self.pause)
                    _ = try await publisher.publish(
                        topic: topic,
                        data: data,
                        attributes: attributes,
                        within: deadline - time.uptime()
                    )
                }
            } catch {
                return .failed("\(error)")
            }
        }
        return .published(messages: messages.count)
    }
}
