package import Logging
internal import ServiceLifecycle
internal import Synchronization
package import Timestamps

/// Limits the log lines that unauthenticated callers can cause, while counting what it suppresses.
///
/// For each kind of line, that is, for each pair of event and reason, the first ``linesPerWindow`` in a ``window`` are
/// written and the rest counted. The count follows as `log.suppressed` at the end of the window, or at shutdown. Events
/// and reasons are constants of the program, so there are few kinds, and few lines.
package final class LogRateLimiter: Service {
    /// The maximum lines of one kind in a ``window``.
    package static let linesPerWindow = 10
    /// The length of a window, which begins with the first line of its kind.
    package static let window: Duration = .seconds(60)

    private struct Kind: Hashable {
        let event: String
        let reason: String
    }

    private struct Window {
        let end: Duration
        let level: Logger.Level
        var written = 0
        var suppressed = 0
    }

    private let logger: Logger
    private let time: TimeSource
    private let windows = Mutex<[Kind: Window]>([:])
    /// Signals that a window has a count to report at its end.
    private let debts: AsyncStream<Void>
    private let debt: AsyncStream<Void>.Continuation

    /// Creates a limiter; its timer runs in ``run()``.
    ///
    /// - Parameters:
    ///   - logger: The logger for the counts.
    ///   - time: Source of uptime for the windows.
    package init(logger: Logger, time: TimeSource) {
        self.logger = logger
        self.time = time
        (debts, debt) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether to write a line of this kind; if not, it has been counted.
    func admits(_ level: Logger.Level, _ event: String, reason: String) -> Bool {
        let kind = Kind(event: event, reason: reason)
        let now = time.uptime()
        let (isAdmitted, isFirstDebt, over) = windows.withLock { windows -> (Bool, Bool, Window?) in
            let old = windows[kind]
            var current = old ?? Window(end: now + Self.window, level: level)
            // The timer runs late where CPU is allocated only during requests, as on Cloud Run.
            let isOver = current.end <= now
            if isOver { current = Window(end: now + Self.window, level: level) }
            let isAdmitted = current.written < Self.linesPerWindow
            if isAdmitted { current.written += 1 } else { current.suppressed += 1 }
            windows[kind] = current
            return (isAdmitted, current.suppressed == 1, isOver ? old : nil)
        }
        if let over { tell(of: over, kind) }
        if isFirstDebt { debt.yield() }
        return isAdmitted
    }

    /// Writes each count at the end of its window until the service shuts down, then all remaining counts.
    ///
    /// No timer runs while nothing is suppressed.
    package func run() async {
        await cancelWhenGracefulShutdown {
            for await _ in self.debts {
                while let end = self.nextEnd, !Task.isCancelled {
                    // Cancellation ends both loops.
                    try? await self.time.sleep(max(.zero, end - self.time.uptime()))
                    self.settle(until: self.time.uptime())
                }
            }
        }
        settle(until: nil)
    }

    /// The uptime at which the first window with a count to report ends.
    private var nextEnd: Duration? {
        windows.withLock { $0.values.filter { $0.suppressed > 0 }.map(\.end).min() }
    }

    /// Removes the windows that are over by `uptime`, or all if it is nil, and reports their counts.
    private func settle(until uptime: Duration?) {
        let over = windows.withLock { windows in
            let over = windows.filter { uptime == nil || $0.value.end <= uptime ?? .zero }
            for kind in over.keys { windows[kind] = nil }
            return over
        }
        for (kind, window) in over { tell(of: window, kind) }
    }

    private func tell(of window: Window, _ kind: Kind) {
        guard window.suppressed > 0 else { return }
        logger.log(
            level: window.level,
            "Repeated log lines were suppressed",
            metadata: [
                "event": "log.suppressed",
                "suppressed_event": .string(kind.event),
                "reason": .string(kind.reason),
                "suppressed": .stringConvertible(window.suppressed),
                "window_seconds": .stringConvertible(Self.window.components.seconds),
            ]
        )
    }
}
