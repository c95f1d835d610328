internal import Logging
internal import Timestamps

/// A log handler that writes one line per event, rendered by a given function.
struct LineLogHandler: LogHandler {
    /// Renders a complete line, including its line feed, from an event, all fields and the time.
    typealias Render = @Sendable (LogEvent, Logger.Metadata, Instant) -> [UInt8]

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let time: TimeSource
    private let render: Render
    private let output: @Sendable ([UInt8]) -> Void

    init(
        level: Logger.Level,
        time: TimeSource,
        output: @escaping @Sendable ([UInt8]) -> Void = LogOutput.write,
        render: @escaping Render
    ) {
        self.logLevel = level
        self.time = time
        self.render = render
        self.output = output
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let own = event.metadata ?? [:]
        output(render(event, metadata.isEmpty ? own : metadata.merging(own) { $1 }, time.now()))
    }
}
