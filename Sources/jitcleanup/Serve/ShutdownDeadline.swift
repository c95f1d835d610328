internal import Dispatch

#if canImport(Glibc)
    internal import Glibc
#endif

/// Ends the process when a graceful shutdown does not: the log's reader may have stopped, and then every thread that
/// a shutdown needs waits for it.
///
/// It has a queue of its own, so that nothing else can keep it from that. What has not been answered comes again.
struct ShutdownDeadline {
    /// More than a shutdown takes, and less than the ten seconds after which Cloud Run kills the process.
    private static let time: DispatchTimeInterval = .seconds(8)

    private let sources: [any DispatchSourceSignal]

    /// Counts from the first of these signals on.
    init(after signals: [Int32]) {
        let queue = DispatchQueue(label: "shutdown-deadline")
        sources = signals.map { signal in
            let source = DispatchSource.makeSignalSource(signal: signal, queue: queue)
            source.setEventHandler {
                queue.asyncAfter(deadline: .now() + Self.time) { _exit(EXIT_SUCCESS) }
            }
            source.activate()
            return source
        }
    }
}
