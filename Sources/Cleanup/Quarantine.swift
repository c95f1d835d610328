package import GoogleCloud

/// Where messages go that can never be acted on, so that acknowledging them loses nothing.
package struct Quarantine: Sendable {
    /// What became of a message.
    package enum Result: Sendable {
        /// It is in the quarantine topic.
        case published
        /// There is no such topic, or Pub/Sub's limits leave no room for the reason: the log has to carry the message.
        case notPublished
        /// It could not be published, so it must not be acknowledged.
        case failed(String)
    }

    /// The attribute that says why a message is there.
    package static let reasonAttribute = "jitcleanup-quarantine-reason"
    /// The attribute that holds the ID that the message had before.
    package static let messageIDAttribute = "jitcleanup-quarantine-message-id"
    /// The time for one publish, which must not outlast a shutdown that begins in its midst.
    private static let publishTime: Duration = .seconds(5)

    private let topic: TopicPath?
    private let publisher: TopicPublisher

    /// A quarantine; without a topic it only says so.
    package init(topic: TopicPath?, publisher: TopicPublisher) {
        self.topic = topic
        self.publisher = publisher
    }

    /// Publishes a message unchanged, with attributes that say where it came from and why it is there.
    package func take(
        data: [UInt8],
        attributes: [String: String],
        messageID: String,
        reason: String
    ) async -> Result {
        guard let topic else { return .notPublished }
        // One that comes from a quarantine already would circulate without end if the topics are the same.
        guard attributes[Self.messageIDAttribute] == nil else { return .notPublished }
        var attributes = TopicPublisher.withoutReserved(attributes)
        attributes[Self.reasonAttribute] = reason
        attributes[Self.messageIDAttribute] = messageID
        do throws(PublishError) {
            _ = try await publisher.publish(
                topic: topic,
                data: data,
                attributes: attributes,
                within: Self.publishTime
            )
            return .published
        } catch {
            return error == .invalidMessage ? .notPublished : .failed("\(error)")
        }
    }
}
