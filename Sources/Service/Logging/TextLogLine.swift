internal import GoogleCloud
internal import Logging
internal import Timestamps

/// Human-readable lines: time, severity, message and fields, the event first and the rest by name.
enum TextLogLine {
    static func render(_ event: LogEvent, _ fields: Logger.Metadata, _ time: Instant) -> [UInt8] {
        let severity = CloudLogLine.severity(event.level)
        let padding = String(repeating: " ", count: max(0, 8 - severity.utf8.count))
        let name = fields["event"].map { [("event", $0)] } ?? []
        let error = event.error.map { [("error", .string("\($0)"))] } ?? [(String, Logger.MetadataValue)]()
        let others = fields.filter { $0.key != "event" && !$0.key.hasPrefix("logging.googleapis.com/") }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let shown = (name + others + error).map { " \($0)=\(quotedIfNeeded(text(of: $1)).escaped)" }
        let message = event.message.description.escaped
        let space = shown.isEmpty ? "" : " "
        return Array("\(inMilliseconds(time)) \(severity)\(padding) \(message)\(space)\(shown.joined())\n".utf8)
    }

    private static func inMilliseconds(_ time: Instant) -> Instant {
        Instant(seconds: time.seconds, nanoseconds: time.nanoseconds / 1_000_000 * 1_000_000)
    }

    /// The value as text, with a list's elements joined by commas.
    private static func text(of value: Logger.MetadataValue) -> String {
        guard case .array(let values) = value else { return value.description }
        return values.map(\.description).joined(separator: ",")
    }

    /// Quotes a value that is empty or could be mistaken for further fields.
    ///
    /// Works on scalars: a quotation mark with an accent is a separate character, but looks much like a plain one.
    private static func quotedIfNeeded(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isPlain = !scalars.contains { $0.properties.isWhitespace || $0 == "\"" || $0 == "\\" }
        if isPlain, !scalars.isEmpty { return text }
        var quoted = String.UnicodeScalarView("\"".unicodeScalars)
        for scalar in scalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }
}
