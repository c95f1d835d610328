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
            LineLogHandler(level: level, time: time, output: output, render: render)
        }
    }

    /// The same logger for libraries, limited to warnings and above.
    package static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}
