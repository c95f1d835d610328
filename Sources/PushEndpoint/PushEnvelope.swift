internal import Base64
package import ExpiryNotices
package import IAMPolicy
internal import LosslessJSON
internal import Timestamps

/// A wrapped Pub/Sub push request's body.
///
/// Source: https://docs.cloud.google.com/pubsub/docs/push ("Receive push messages"). Fields that are not listed there
/// are ignored, since Google may add some.
package struct PushEnvelope: Sendable, Equatable {
    /// Pub/Sub takes messages of 10 MB; as base64 and wrapped that is just under 14 MiB.
    package static let maximumBytes = 16 * 1024 * 1024

    /// Pub/Sub's limit of one message (https://docs.cloud.google.com/pubsub/quotas#resource_limits).
    package static let maximumAttributes = 100
    private static let rules = JSONRules(
        maximumDepth: 32,
        maximumBytes: maximumBytes,
        // Far more than an envelope with all attributes has, since Google may add some.
        maximumValues: 10_000,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    /// The message's data, base64 undone; empty if it has none.
    package var data: [UInt8]
    /// The message's attributes.
    package var attributes: [String: String]
    /// The ID that stays the same in every delivery; empty where the sender left it out.
    package var messageID: String
    /// When Pub/Sub took the message, as it says it; nil where the sender left it out.
    package var publishTime: String?
    /// `projects/P/subscriptions/S`; nil where the sender left it out.
    package var subscription: String?
    /// 1 and up with a dead-letter policy, else nil; approximate.
    package var deliveryAttempt: Int64?

    /// Reads an envelope.
    ///
    /// - Throws: ``EnvelopeFault`` for anything that Pub/Sub does not send as a wrapped push.
    package init(_ body: [UInt8]) throws(EnvelopeFault) {
        let root: JSONValue
        do { root = try JSONDocument(body, rules: Self.rules).root } catch { throw .notJSON }
        guard let message = root["message"], message.kind == .object else { throw .noMessage }
        data = try Self.data(of: message)
        attributes = try Self.attributes(of: message)
        guard message["data"] != nil || !attributes.isEmpty else { throw .noMessage }
        messageID = try Self.text(message["messageId"] ?? message["message_id"]) ?? ""
        publishTime = try Self.text(message["publishTime"] ?? message["publish_time"])
        subscription = try Self.text(root["subscription"])
        deliveryAttempt = root["deliveryAttempt"]?.integer
    }

    private static func data(of message: JSONValue) throws(EnvelopeFault) -> [UInt8] {
        guard let value = message["data"], !value.isNull else { return [] }
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

/// Why an authentic request's body is no push envelope: the subscription is set up in another way than it should be.
package enum EnvelopeFault: String, Error, Sendable {
    /// The body is not JSON.
    case notJSON = "not-json"
    /// There is no `message` object with data or attributes: an unwrapped subscription, for example.
    case noMessage = "no-message"
    /// A field has another JSON type than Pub/Sub gives it.
    case wrongType = "wrong-type"
    /// There are more attributes than Pub/Sub takes.
    case tooManyAttributes = "too-many-attributes"
    /// `message.data` is not base64.
    case notBase64 = "not-base64"
}

extension NoticeReader {
    /// What the message in an envelope is, if these titles are in scope.
    package static func read(_ envelope: PushEnvelope, titles: NamePatterns) -> NoticeReading {
        read(
            data: envelope.data,
            origin: envelope.attributes["origin"],
            messageID: envelope.messageID,
            publishTime: envelope.publishTime,
            titles: titles
        )
    }
}

extension PushEnvelope {
    /// When Pub/Sub took the message; nil if that is not readable.
    var publishInstant: Instant? { publishTime.flatMap { Instant($0, spelling: .javaTime) } }
}
