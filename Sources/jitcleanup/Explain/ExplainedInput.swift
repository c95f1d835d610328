internal import ExpiryNotices
internal import IAMPolicy
internal import LosslessJSON
internal import PushEndpoint

/// What a file holds: a push envelope, or the bare data of a message.
struct ExplainedInput: Sendable {
    private(set) var summary: String
    private(set) var lines: [String] = []
    /// What the message is; nil if the push is not taken.
    private(set) var reading: NoticeReading?
    /// What is answered if it is not taken.
    private(set) var answer: [String] = []

    /// - Parameters:
    ///   - content: The file's content.
    ///   - origin: The attribute `origin` of bare data; an envelope has its own.
    ///   - titles: The titles in scope.
    ///   - subscriptions: `PUBSUB_SUBSCRIPTION_PATH`; empty for any.
    init(_ content: [UInt8], origin: String?, titles: NamePatterns, subscriptions: [String]) {
        guard Self.looksLikeEnvelope(content) else {
            summary = "the data of a message, \(content.count) bytes"
            lines = [origin.map { "attribute origin=\($0)" } ?? "without the attribute origin (--origin gives one)"]
            reading = NoticeReader.read(data: content, origin: origin, titles: titles)
            return
        }
        do throws(EnvelopeFault) {
            let envelope = try PushEnvelope(content)
            summary = "a push envelope, \(content.count) bytes"
            lines = Self.lines(of: envelope)
            let reading = NoticeReader.read(envelope, titles: titles)
            let isTaken = subscriptions.isEmpty || subscriptions.contains(envelope.subscription ?? "")
            guard isTaken || reading.isOwnNotice else {
                answer = ["403: the subscription is not one of PUBSUB_SUBSCRIPTION_PATH; nothing is done"]
                return
            }
            if let origin, origin != envelope.attributes["origin"] {
                lines.append("(--origin \(origin) does not count: an envelope has its own attributes)")
            }
            self.reading = reading
        } catch {
            summary = "like a push envelope, but none that Pub/Sub sends (\(error.rawValue))"
            answer = ["400: nothing is done, and nothing is lost; the subscription is set up in another way"]
        }
    }

    private static func lines(of envelope: PushEnvelope) -> [String] {
        var lines = [
            "message ID    \(envelope.messageID.isEmpty ? "none" : envelope.messageID)",
            "published     \(envelope.publishTime ?? "unknown")",
            "subscription  \(envelope.subscription ?? "unknown")",
        ]
        if let attempt = envelope.deliveryAttempt { lines.append("delivery      number \(attempt)") }
        for (name, value) in envelope.attributes.sorted(by: { $0.key < $1.key }) {
            lines.append("attribute     \(name)=\(value)")
        }
        lines.append("data          \(envelope.data.count) bytes")
        return lines
    }

    /// No message of JIT Access has a `message` object.
    private static func looksLikeEnvelope(_ content: [UInt8]) -> Bool {
        let rules = JSONRules(
            maximumDepth: 32,
            maximumBytes: PushEnvelope.maximumBytes,
            allowsDuplicateNames: true,
            allowsNUL: true
        )
        let root = try? JSONDocument(content, rules: rules).root
        return root?["message"]?.kind == .object
    }
}
