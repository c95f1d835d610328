package import Logging
package import Timestamps

/// The format of log lines.
package enum LogFormat: String, CaseIterable, Sendable {
    /// One JSON object per line, as read by Cloud Logging.
    case json
    /// Plain text for a terminal.
    case text

    /// Creates a logger that writes this format.
    ///
    /// - Parameters:
    ///   - level: The minimum level logged.
    ///   - time: Source of the lines' timestamps.
    ///   - output: Writes each line; defaults to standard output.
    /// - Returns: A logger labeled `jitcleanup`.
    package func logger(
        level: Logger.Level,
        time: TimeSource = .system,
        output: @escaping @Sendable ([UInt8]) -> Void = LogOutput.write
    ) -> Logger {
        let render: LineLogHandler.Render =
            switch self {
            case .json: CloudLogLine.render
            case .text: TextLogLine.render
            }
        return Logger(label: "jitcleanup") { _ in
            LineLogHandler(logLevel: level, time: time, output: output, render: render)
        }
    }

    /// The same logger for libraries, limited to warnings and above.
    package static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}

/// A log handler that writes one line per event, rendered by a given function.
struct LineLogHandler: LogHandler {
    /// Renders a complete line, including its line feed, from an event, all fields and the time.
    typealias Render = @Sendable (LogEvent, Logger.Metadata, Instant) -> [UInt8]

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let time: TimeSource
    let output: @Sendable ([UInt8]) -> Void
    let render: Render

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let own = event.metadata ?? [:]
        output(render(event, metadata.isEmpty ? own : metadata.merging(own) { $1 }, time.now()))
    }
}
