internal import ExpiryNotices
internal import IAMPolicy
internal import PushEndpoint

/// An input message, either in an envelope or as bare data.
struct ExplainedInput: Sendable {
    var summary: String
    var lines: [String] = []
    /// The result of reading the message; nil if the push is not accepted.
    var reading: NoticeReading?
    /// The response if the push is not accepted.
    var answer: [String] = []

    /// The resource of a notice; nil for other messages.
    var resource: String? { if case .notice(let notice) = reading { notice.resource } else { nil } }
}

extension ExplainedInput {
    /// Reads a message in an envelope.
    ///
    /// - Parameters:
    ///   - body: The body of a push request, or a pulled message.
    ///   - origin: The `--origin` option for bare data, which envelopes ignore.
    ///   - titles: The titles in scope.
    ///   - subscriptions: `PUBSUB_SUBSCRIPTION_PATH`; empty for any.
    init(envelope body: [UInt8], origin: String?, titles: NamePatterns, subscriptions: [String]) {
        do throws(EnvelopeFault) {
            let envelope = try PushEnvelope(body)
            summary = "a push envelope, \(body.count) bytes"
            lines = Self.lines(of: envelope)
            let reading = envelope.reading(titles: titles)
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
            answer = ["400: nothing is done, and nothing is lost; check the subscription's settings"]
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
}
