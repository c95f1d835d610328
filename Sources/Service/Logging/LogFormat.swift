package import Logging
package import Timestamps

/// How log lines are written.
package enum LogFormat: String, CaseIterable, Sendable {
    /// One JSON object a line, as Cloud Logging reads it.
    case json
    /// A line to be read in a terminal.
    case text

    /// A logger of this format.
    ///
    /// - Parameters:
    ///   - level: What is logged at all.
    ///   - time: The clock.
    ///   - output: Takes each line; standard output by default.
    /// - Returns: The logger.
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

    /// The same logger for libraries, of which only warnings are of interest.
    package static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}
