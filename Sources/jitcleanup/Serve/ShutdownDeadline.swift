internal import Dispatch
internal import Glibc

/// Ends the process if a graceful shutdown hangs: the log's reader may have stopped, and then every thread the shutdown
/// needs waits for it.
///
/// It has its own queue, so that nothing can block it. Unanswered pushes are redelivered.
struct ShutdownDeadline {
    /// Longer than a shutdown takes, but shorter than the ten seconds after which Cloud Run kills the process.
    private static let time: DispatchTimeInterval = .seconds(8)

    private let sources: [any DispatchSourceSignal]

    /// Starts the deadline at the first of these signals.
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
