internal import Base64
package import ExpiryNotices
package import IAMPolicy
internal import LosslessJSON
package import Timestamps

/// The body of a wrapped Pub/Sub push request.
///
/// Source: https://docs.cloud.google.com/pubsub/docs/push ("Receive push messages"). Fields not listed there are
/// ignored, since Google may add more.
package final class PushEnvelope: Sendable {
    /// The maximum body size: Pub/Sub accepts messages of 10 MB, which are just under 14 MiB in base64 and wrapped.
    package static let maximumBytes = 16 * 1024 * 1024

    /// Pub/Sub's limit per message (https://docs.cloud.google.com/pubsub/quotas#resource_limits).
    package static let maximumAttributes = 100
    private static let rules = JSONRules(
        maximumDepth: 32,
        maximumBytes: maximumBytes,
        // Far more than an envelope with all attributes has, since Google may add fields.
        maximumValues: 10_000,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    /// The message's decoded data; empty if it has none.
    package let data: [UInt8]
    /// The message's attributes.
    package let attributes: [String: String]
    /// The message ID, the same in every delivery; empty if the sender left it out.
    package let messageID: String
    /// When Pub/Sub accepted the message, as text; nil if the sender left it out.
    package let publishTime: String?
    /// The same as an instant; nil if missing or unreadable.
    package let publishInstant: Instant?
    /// `projects/P/subscriptions/S`; nil if the sender left it out.
    package let subscription: String?
    /// The approximate delivery attempt, from 1, if the subscription has a dead-letter policy; otherwise nil.
    package let deliveryAttempt: Int64?

    /// Parses an envelope.
    ///
    /// - Throws: ``EnvelopeFault`` for anything that Pub/Sub does not send as a wrapped push.
    package init(_ body: [UInt8]) throws(EnvelopeFault) {
        let root: JSONValue
        do { root = try JSONDocument(body, rules: Self.rules).root } catch { throw .notJSON }
        guard let message = root["message"], message.kind == .object else { throw .noMessage }
        let content = message["data"]
        data = try Self.data(content)
        attributes = try Self.attributes(of: message)
        guard content != nil || !attributes.isEmpty else { throw .noMessage }
        messageID = try Self.text(message["messageId"] ?? message["message_id"]) ?? ""
        publishTime = try Self.text(message["publishTime"] ?? message["publish_time"])
        publishInstant = publishTime.flatMap { Instant($0, spelling: .javaTime) }
        subscription = try Self.text(root["subscription"])
        deliveryAttempt = root["deliveryAttempt"]?.integer
    }

    private static func data(_ value: JSONValue?) throws(EnvelopeFault) -> [UInt8] {
        guard let value, !value.isNull else { return [] }
        guard let text = value.utf8 else { throw .wrongType }
        guard let data = Base64.decode(text) else { throw .notBase64 }
        return data
    }

    private static func attributes(of message: JSONValue) throws(EnvelopeFault) -> [String: String] {
        guard let value = message["attributes"], !value.isNull else { return [:] }
        guard let members = value.members else { throw .wrongType }
        guard members.count <= maximumAttributes else { throw .tooManyAttributes }
        var attributes: [String: String] = [:]
        for (name, value) in members {
            guard let name = name.string, let value = value.string else { throw .wrongType }
            attributes[name] = value
        }
        return attributes
    }

    private static func text(_ value: JSONValue?) throws(EnvelopeFault) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.string else { throw .wrongType }
        return text
    }
}

/// Why the body of an authenticated request is not a push envelope: the subscription is misconfigured.
package enum EnvelopeFault: String, Error, Sendable {
    /// The body is not JSON.
    case notJSON = "not-json"
    /// There is no `message` object with data or attributes, as with an unwrapped subscription.
    case noMessage = "no-message"
    /// A field has a different JSON type from Pub/Sub's.
    case wrongType = "wrong-type"
    /// There are more attributes than Pub/Sub allows.
    case tooManyAttributes = "too-many-attributes"
    /// `message.data` is not base64.
    case notBase64 = "not-base64"
}

extension PushEnvelope {
    /// What the message is, with these titles in scope.
    package func reading(titles: NamePatterns) -> NoticeReading {
        NoticeReader.read(
            data: data,
            origin: attributes["origin"],
            messageID: messageID,
            publishTime: publishInstant,
            titles: titles
        )
    }
}
