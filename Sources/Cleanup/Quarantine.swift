package import GoogleCloud

/// Publishes messages that can never be acted on to a separate topic, so that acknowledging them loses nothing.
package struct Quarantine: Sendable {
    /// The outcome of quarantining a message.
    package enum Result: Sendable {
        /// It was published to the quarantine topic.
        case published
        /// Not published: no topic is configured, the message already came from a quarantine, or Pub/Sub's limits leave
        /// no room for the attributes; the log must keep the message.
        case notPublished
        /// It could not be published, so it must not be acknowledged.
        case failed(String)
    }

    /// The attribute with the reason for the quarantine.
    package static let reasonAttribute = "jitcleanup-quarantine-reason"
    /// The attribute with the original message ID.
    package static let messageIDAttribute = "jitcleanup-quarantine-message-id"
    /// The time limit for one publish; it must not outlast a shutdown that begins meanwhile.
    private static let publishTime: Duration = .seconds(5)

    private let topic: TopicPath?
    private let publisher: TopicPublisher

    /// Creates a quarantine; without a topic, ``take(data:attributes:messageID:reason:)`` returns
    /// ``Result/notPublished``.
    package init(topic: TopicPath?, publisher: TopicPublisher) {
        self.topic = topic
        self.publisher = publisher
    }

    /// Publishes a message with its data unchanged, adding attributes for its original ID and the reason.
    package func take(
        data: [UInt8],
        attributes: [String: String],
        messageID: String,
        reason: String
    ) async -> Result {
        guard let topic else { return .notPublished }
        // A message already quarantined once would circulate forever if the topics are the same.
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
