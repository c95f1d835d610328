internal import Logging
internal import LosslessJSON
internal import Timestamps

/// Writes Cloud Logging's structured format: one JSON object a line on standard output.
///
/// Source: https://cloud.google.com/logging/docs/structured-logging. Every text is escaped, so that what a publisher
/// controls can neither end the line nor forge a field.
struct CloudLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let time: TimeSource
    private let output: @Sendable ([UInt8]) -> Void

    init(level: Logger.Level, time: TimeSource, output: @escaping @Sendable ([UInt8]) -> Void = LogOutput.write) {
        self.logLevel = level
        self.time = time
        self.output = output
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: [UInt8] = Array(#"{"severity":""#.utf8)
        line += Array(Self.severity(event.level).utf8)
        line += Array(#"","time":""#.utf8)
        line += Array(time.now().description.utf8)
        line += Array(#"","message":"#.utf8)
        line += JSONEscapes.quoted(event.message.description)
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) where !name.hasPrefix("hb.") {
            line.append(UInt8(ascii: ","))
            line += JSONEscapes.quoted(name)
            line.append(UInt8(ascii: ":"))
            Self.append(value, to: &line)
        }
        line += Array("}\n".utf8)
        output(line)
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): line += JSONEscapes.quoted(text)
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
}
