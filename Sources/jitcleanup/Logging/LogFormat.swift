internal import Logging
internal import Timestamps

/// How log lines are written.
enum LogFormat: String, CaseIterable, Sendable {
    /// One JSON object a line, as Cloud Logging reads it.
    case json
    /// A line to be read in a terminal.
    case text

    /// A logger that writes to standard output.
    func logger(level: Logger.Level, time: TimeSource = .system) -> Logger {
        switch self {
        case .json: Logger(label: "jitcleanup") { _ in CloudLogHandler(level: level, time: time) }
        case .text: Logger(label: "jitcleanup") { _ in TextLogHandler(level: level, time: time) }
        }
    }

    /// The same logger for libraries, of which only warnings are of interest.
    static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }
}
