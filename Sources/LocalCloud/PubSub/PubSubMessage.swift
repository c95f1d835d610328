internal import Base64
internal import LosslessJSON
package import Timestamps

/// What a publisher gives to Pub/Sub.
package struct OutgoingMessage: Hashable, Sendable {
    /// The data; may be empty if there is an attribute.
    package var data: [UInt8]
    package var attributes: [String: String]
    /// The ordering key; empty for none.
    package var orderingKey: String

    package init(data: [UInt8], attributes: [String: String] = [:], orderingKey: String = "") {
        self.data = data
        self.attributes = attributes
        self.orderingKey = orderingKey
    }
}

/// A message that Pub/Sub has taken.
package struct PubSubMessage: Hashable, Sendable {
    /// The ID, a decimal number, unique within the topic.
    package let id: String
    /// When it was published, in whole milliseconds.
    package let publishTime: Instant
    /// What was published.
    package let content: OutgoingMessage

    /// A message that was taken.
    package init(id: String, publishTime: Instant, content: OutgoingMessage) {
        self.id = id
        self.publishTime = publishTime
        self.content = content
    }

    /// The body of a wrapped push (https://cloud.google.com/pubsub/docs/push).
    ///
    /// - Parameters:
    ///   - subscription: `projects/P/subscriptions/S`.
    ///   - deliveryAttempt: The attempt's number; nil without a dead-letter policy.
    /// - Returns: The body, compact.
    package func envelope(subscription: String, deliveryAttempt: Int?) -> [UInt8] {
        var message: [(name: String, value: JSONText)] = []
        if !content.attributes.isEmpty {
            let sorted = content.attributes.sorted { $0.key < $1.key }
            message.append(("attributes", .object(sorted.map { ($0.key, .string($0.value)) })))
        }
        if !content.data.isEmpty { message.append(("data", .string(Base64.encode(content.data)))) }
        message += [("messageId", .string(id)), ("message_id", .string(id))]
        if !content.orderingKey.isEmpty { message.append(("orderingKey", .string(content.orderingKey))) }
        let time = JSONText.string(publishTime.description)
        message += [("publishTime", time), ("publish_time", time)]
        var envelope: [(name: String, value: JSONText)] = [("message", .object(message))]
        if let deliveryAttempt { envelope.append(("deliveryAttempt", .integer(Int64(deliveryAttempt)))) }
        envelope.append(("subscription", .string(subscription)))
        return JSONText.object(envelope).bytes()
    }
}
