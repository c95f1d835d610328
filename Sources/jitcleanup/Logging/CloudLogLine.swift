internal import Logging
internal import LosslessJSON
internal import Timestamps

/// Cloud Logging's structured format: one JSON object a line.
///
/// Source: https://cloud.google.com/logging/docs/structured-logging. Every text is escaped, so that what a publisher
/// controls can neither end the line nor forge a field.
enum CloudLogLine {
    static func render(
        _ event: LogEvent,
        _ fields: [(name: String, value: Logger.MetadataValue)],
        _ time: Instant
    ) -> [UInt8] {
        var line = Array("{\"severity\":\"\(severity(event.level))\",\"time\":\"\(time)\",\"message\":".utf8)
        line += JSONEscapes.quoted(event.message.description)
        for (name, value) in fields {
            line.append(UInt8(ascii: ","))
            line += JSONEscapes.quoted(name)
            line.append(UInt8(ascii: ":"))
            append(value, to: &line)
        }
        return line + Array("}\n".utf8)
    }

    /// Cloud Logging's `LogSeverity`.
    static func severity(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "DEBUG"
        case .info: "INFO"
        case .notice: "NOTICE"
        case .warning: "WARNING"
        case .error: "ERROR"
        case .critical: "CRITICAL"
        }
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): line += JSONEscapes.quoted(text)
        case .stringConvertible(let value) where value is any FixedWidthInteger || value is Bool:
            // Numbers as numbers, so that queries and metrics can compare them.
            line += Array(value.description.utf8)
        case .stringConvertible(let value): line += JSONEscapes.quoted(value.description)
        case .array(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(value, to: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .dictionary(let fields):
            line.append(UInt8(ascii: "{"))
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                line += JSONEscapes.quoted(field.key)
                line.append(UInt8(ascii: ":"))
                append(field.value, to: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }
}
