internal import Logging
internal import Timestamps

/// Writes lines for people: time, severity, message, and the fields that vary.
struct TextLogHandler: LogHandler {
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
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            .filter { !$0.key.hasPrefix("hb.") && !$0.key.hasPrefix("logging.googleapis.com/") }
            .sorted { $0.key < $1.key }
            .map { "\($0.key)=\(Self.printable($0.value.description))" }
        let severity = CloudLogHandler.severity(event.level)
        let padding = String(repeating: " ", count: max(0, 8 - severity.utf8.count))
        let head = "\(time.now()) \(severity)\(padding) \(Self.printable(event.message.description))"
        output(Array(((fields.isEmpty ? head : head + "  ") + fields.joined(separator: " ") + "\n").utf8))
    }

    /// The text without control characters, which could move the cursor or forge a line.
    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isControl($0) ? "\u{FFFD}" : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
