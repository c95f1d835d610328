internal import Base64
internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import LosslessJSON
internal import Service

/// A file with one or more messages: pushed, pulled, in Cloud Tasks, audit entries, or bare data.
struct MessageFile: Sendable {
    let file: InputFile
    /// The attribute `origin` for bare data.
    let origin: String?
    let settings: CommandSettings

    /// Reads the messages.
    ///
    /// - Throws: ``InputFile/Failure`` if the list is empty or an element is not a message.
    func messages() throws(InputFile.Failure) -> [ExplainedInput] {
        let json = file.json
        guard let list = json.flatMap(InputFile.list) else { return [try message(json, file.bytes, isListed: false)] }
        guard !list.isEmpty else { throw file.failure("it is an empty list") }
        var messages: [ExplainedInput] = []
        for element in list { messages.append(try message(element, Array(element.rawBytes), isListed: true)) }
        return messages
    }

    private func message(
        _ json: JSONValue?,
        _ bytes: [UInt8],
        isListed: Bool
    ) throws(InputFile.Failure) -> ExplainedInput {
        if json?["message"]?.kind == .object {
            // A pull response does not name the subscription.
            guard isListed || json?["ackId"] != nil else {
                return envelope(bytes, of: settings.subscriptions)
            }
            var message = envelope(bytes, of: [])
            if message.reading != nil { message.summary = "a pulled message, \(bytes.count) bytes" }
            return message
        }
        if let request = json?["httpRequest"], let time = json?["scheduleTime"]?.string {
            guard let body = request["body"]?.utf8.flatMap({ Base64.decode($0) }) else {
                throw file.failure("a Cloud Task without its body; use gcloud tasks describe --response-view=full")
            }
            var message = envelope(body, of: settings.subscriptions)
            message.summary = "a Cloud Task, scheduled for \(time); its body is \(message.summary)"
            return message
        }
        let reading = NoticeReader.read(data: bytes, origin: origin, titles: settings.rules.titles)
        guard isUnderstood(reading, json, bytes) else {
            throw file.failure("no message that can be explained; it looks like \(InputFile.look(of: json, bytes))")
        }
        return ExplainedInput(
            summary: "the data of a message, \(bytes.count) bytes",
            lines: [origin.map { "attribute origin=\($0)" } ?? "without the attribute origin (--origin gives one)"],
            reading: reading
        )
    }

    private func envelope(_ body: [UInt8], of subscriptions: [SubscriptionPath]) -> ExplainedInput {
        ExplainedInput(
            envelope: body,
            origin: origin,
            titles: settings.rules.titles,
            subscriptions: subscriptions.map(\.description)
        )
    }

    /// Whether bare data is a message: what the service would ignore may be some other file, while the service treats a
    /// truncated object as a damaged message.
    private func isUnderstood(_ reading: NoticeReading, _ json: JSONValue?, _ bytes: [UInt8]) -> Bool {
        switch reading {
        case .ignored(.foreign): json?["logName"] != nil
        case .ignored, .unusable: json != nil || bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
        case .notice: true
        }
    }
}
