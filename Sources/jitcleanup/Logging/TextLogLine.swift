internal import Logging
internal import Timestamps

/// Lines for people: time, severity, message, and the fields that vary.
enum TextLogLine {
    static func render(
        _ event: LogEvent,
        _ fields: [(name: String, value: Logger.MetadataValue)],
        _ time: Instant
    ) -> [UInt8] {
        let severity = CloudLogLine.severity(event.level)
        let padding = String(repeating: " ", count: max(0, 8 - severity.utf8.count))
        let shown = fields.filter { !$0.name.hasPrefix("logging.googleapis.com/") }
            .map { " \($0.name)=\(quotedIfNeeded(printable($0.value.description)))" }
        let message = printable(event.message.description)
        return Array("\(time) \(severity)\(padding) \(message)\(shown.isEmpty ? "" : " ")\(shown.joined())\n".utf8)
    }

    /// The text without control characters, which could move the cursor or forge a line.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }

    /// A value that could be read as further fields in quotes.
    private static func quotedIfNeeded(_ text: String) -> String {
        guard text.isEmpty || text.contains(where: { $0 == " " || $0 == "=" || $0 == "\"" }) else { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
