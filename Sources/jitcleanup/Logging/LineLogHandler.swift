internal import Logging
internal import Timestamps

/// Writes one line for each event, in whatever form the line is rendered.
struct LineLogHandler: LogHandler {
    /// Makes a whole line, line feed included, of an event, its merged fields in order of their names, and the time.
    typealias Render = @Sendable (LogEvent, [(name: String, value: Logger.MetadataValue)], Instant) -> [UInt8]

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
        // Hummingbird numbers its requests; those numbers mean nothing to anybody here.
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            .filter { !$0.key.hasPrefix("hb.") }
            .sorted { $0.key < $1.key }
            .map { (name: $0.key, value: $0.value) }
        output(render(event, fields, time.now()))
    }
}
