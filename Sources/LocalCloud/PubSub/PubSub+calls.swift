internal import Base64
internal import LosslessJSON
internal import Timestamps

extension PubSub {
    private static let rules = JSONRules(maximumDepth: 8, maximumBytes: 32 << 20, allowsNUL: true)
    private static let notJSON = GoogleError.invalidArgument("Invalid JSON payload received. Unexpected token.")

    /// `POST /v1/{topic}:publish` (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish).
    func publish(_ topic: String, body: [UInt8]) -> LocalReply {
        do throws(GoogleError) {
            let ids = try publish(try messages(body), to: topic)
            let answer: JSONText = ["messageIds": .array(ids.map { .string($0) })]
            return LocalReply(json: answer.bytes(.indented) + [0x0A])
        } catch {
            return error.reply
        }
    }

    /// `POST /v1/{subscription}:seek` (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/seek).
    func seek(_ name: String, body: [UInt8]) -> LocalReply {
        guard let document = try? JSONDocument(body, rules: Self.rules) else { return Self.notJSON.reply }
        guard let text = document.root["time"]?.string, let time = Instant(text, spelling: .javaTime) else {
            return GoogleError.invalidArgument("Invalid value at 'time'.").reply
        }
        guard let subscription = subscription(name) else {
            return GoogleError.notFound("Resource not found (resource=\(name.split(separator: "/").last ?? "")).").reply
        }
        subscription.seek(to: time)
        return LocalReply(json: Array("{}\n".utf8))
    }

    private func messages(_ body: [UInt8]) throws(GoogleError) -> [OutgoingMessage] {
        guard let document = try? JSONDocument(body, rules: Self.rules) else { throw Self.notJSON }
        guard let messages = document.root["messages"]?.elements, !messages.isEmpty else {
            throw .invalidArgument(
                "The value for message_count is too small. You passed 0 in the request, but the "
                    + "minimum value is 1."
            )
        }
        guard messages.count <= Self.maximumMessagesPerCall else {
            throw .invalidArgument(
                "The value for message_count is too large. You passed \(messages.count) in the "
                    + "request, but the maximum value is \(Self.maximumMessagesPerCall)."
            )
        }
        var result: [OutgoingMessage] = []
        for message in messages { result.append(try read(message)) }
        return result
    }

    private func read(_ message: JSONValue) throws(GoogleError) -> OutgoingMessage {
        let text = message["data"]?.string ?? ""
        guard message["data"].map({ $0.kind == .string }) ?? true, let data = Base64.decode(text.utf8) else {
            throw .invalidArgument("Invalid value at 'messages[0].data' (TYPE_BYTES), Base64 decoding failed.")
        }
        var attributes: [String: String] = [:]
        for member in message["attributes"]?.members ?? [] {
            guard let name = member.name.string, let value = member.value.string else {
                throw .invalidArgument("Invalid value at 'messages[0].attributes'.")
            }
            attributes[name] = value
        }
        guard !data.isEmpty || !attributes.isEmpty else {
            throw .invalidArgument(
                "One or more messages in the publish request is empty. Each message must contain "
                    + "either non-empty data, or at least one attribute."
            )
        }
        guard data.count <= Self.maximumDataBytes else {
            throw .invalidArgument("Request payload size exceeds the limit: 10000000 bytes.")
        }
        // 256 and 1024 bytes: https://cloud.google.com/pubsub/quotas#resource_limits
        guard attributes.count <= Self.maximumAttributes,
            attributes.allSatisfy({ (1...256).contains($0.key.utf8.count) && $0.value.utf8.count <= 1024 })
        else { throw .invalidArgument("A message's attributes exceed the limits.") }
        return OutgoingMessage(data: data, attributes: attributes, orderingKey: message["orderingKey"]?.string ?? "")
    }
}
