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

    static func render(_ event: LogEvent, _ fields: Logger.Metadata, _ time: Instant) -> [UInt8] {
        let name = text(of: fields["event"]) ?? libraryEvent
        var members: [(name: String, value: JSONText)] = []
        members.reserveCapacity(fields.count + 6)
        members.append(("severity", .string(severity(event.level))))
        members.append(("time", .string(time.description)))
        members.append(("message", .string(event.message.description)))
        members.append(("event", .string(name)))
        if let error = event.error { members.append(("error", .string("\(error)"))) }
        for (name, value) in fields where name != "event" { members.append((name, json(value))) }
        // `LogEntry.labels`, which log sinks and queries across services can filter on.
        var labels: [(name: String, value: JSONText)] = [("app", "jitcleanup"), ("event", .string(name))]
        if let project = text(of: fields["project"]) { labels.append(("project", .string(project))) }
        members.append(("logging.googleapis.com/labels", .object(labels)))
        var line = JSONText.object(members).bytes()
        line.append(UInt8(ascii: "\n"))
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

    private static func text(of value: Logger.MetadataValue?) -> String? {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array, .dictionary, nil: nil
        }
    }

    private static func json(_ value: Logger.MetadataValue) -> JSONText {
        switch value {
        case .string(let text): .string(text)
        // Unquoted, so that queries and metrics can compare them.
        case .stringConvertible(let value) where isNumberOrTruth(value): .raw(Array(value.description.utf8))
        case .stringConvertible(let value): .string(value.description)
        case .array(let values): .array(values.map(json))
        case .dictionary(let fields): .object(fields.map { ($0.key, json($0.value)) })
        }
    }

    private static func isNumberOrTruth(_ value: any CustomStringConvertible) -> Bool {
        // The first three cover nearly all values and are quick to check.
        value is Int || value is Int64 || value is Bool || value is any FixedWidthInteger
    }
}
