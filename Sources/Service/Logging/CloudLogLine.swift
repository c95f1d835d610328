internal import Logging
internal import LosslessJSON
internal import Timestamps

/// Cloud Logging's structured format: one JSON object per line.
///
/// Source: https://cloud.google.com/logging/docs/structured-logging. All text is escaped, so that untrusted text can
/// neither end the line nor forge a field.
enum CloudLogLine {
    /// The event for lines from libraries, which set none.
    static let libraryEvent = "library.message"
    /// Capacity to reserve; most lines are shorter.
    private static let usualBytes = 1024

    static func render(_ event: LogEvent, _ fields: Logger.Metadata, _ time: Instant) -> [UInt8] {
        let name = text(of: fields["event"]) ?? libraryEvent
        let project = text(of: fields["project"])
        var line: [UInt8] = []
        line.reserveCapacity(usualBytes)
        line.append(contentsOf: #"{"severity":""#.utf8)
        line.append(contentsOf: severity(event.level).utf8)
        line.append(contentsOf: #"","time":""#.utf8)
        line.append(contentsOf: time.description.utf8)
        line.append(contentsOf: #"","message":"#.utf8)
        JSONEscapes.append(event.message.description, to: &line)
        line.append(contentsOf: #","event":"#.utf8)
        JSONEscapes.append(name, to: &line)
        if let error = event.error { append("error", .string("\(error)"), to: &line) }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) where name != "event" {
            append(name, value, to: &line)
        }
        appendLabels(event: name, project: project, to: &line)
        line.append(contentsOf: "}\n".utf8)
        return line
    }

    /// The corresponding Cloud Logging `LogSeverity`.
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

    /// Appends `LogEntry.labels`, which log sinks and queries across services can filter on.
    private static func appendLabels(event: String, project: String?, to line: inout [UInt8]) {
        line.append(contentsOf: #","logging.googleapis.com/labels":{"app":"jitcleanup","event":"#.utf8)
        JSONEscapes.append(event, to: &line)
        if let project { append("project", .string(project), to: &line) }
        line.append(UInt8(ascii: "}"))
    }

    private static func text(of value: Logger.MetadataValue?) -> String? {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array, .dictionary, nil: nil
        }
    }

    private static func append(_ name: String, _ value: Logger.MetadataValue, to line: inout [UInt8]) {
        line.append(UInt8(ascii: ","))
        JSONEscapes.append(name, to: &line)
        line.append(UInt8(ascii: ":"))
        append(value, to: &line)
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): JSONEscapes.append(text, to: &line)
        case .stringConvertible(let value) where isNumberOrTruth(value):
            // Unquoted, so that queries and metrics can compare them.
            line.append(contentsOf: value.description.utf8)
        case .stringConvertible(let value): JSONEscapes.append(value.description, to: &line)
        case .array(let values):
            var separator: UInt8 = UInt8(ascii: "[")
            for value in values {
                line.append(separator)
                append(value, to: &line)
                separator = UInt8(ascii: ",")
            }
            line.append(contentsOf: (values.isEmpty ? "[]" : "]").utf8)
        case .dictionary(let fields):
            var separator: UInt8 = UInt8(ascii: "{")
            for (name, value) in fields {
                line.append(separator)
                JSONEscapes.append(name, to: &line)
                line.append(UInt8(ascii: ":"))
                append(value, to: &line)
                separator = UInt8(ascii: ",")
            }
            line.append(contentsOf: (fields.isEmpty ? "{}" : "}").utf8)
        }
    }

    private static func isNumberOrTruth(_ value: any CustomStringConvertible) -> Bool {
        // The first three cover nearly all values and are quick to check.
        value is Int || value is Int64 || value is Bool || value is any FixedWidthInteger
    }
}
