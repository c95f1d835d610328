package import Logging
internal import ServiceLifecycle
internal import Synchronization
package import Timestamps

/// Bounds how many log lines strangers can bring about, without losing count of what they did.
///
/// Of lines of one kind, that is, of the same event and the same reason, the first ``linesPerWindow`` of a minute are
/// written and the others counted. The count follows as `log.suppressed` at the end of that minute, or at shutdown. Both
/// events and reasons are constants of the program, so kinds are few, and so are lines.
package final class LogRateLimiter: Service {
    /// The most lines of one kind in a ``window``.
    package static let linesPerWindow = 10
    /// It begins with the first line of its kind.
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
    /// Says that a window has something to tell at its end.
    private let debts: AsyncStream<Void>
    private let debt: AsyncStream<Void>.Continuation

    /// A limiter; its timer runs in ``run()``.
    ///
    /// - Parameters:
    ///   - logger: Where the counts go.
    ///   - time: The clock of the windows.
    package init(logger: Logger, time: TimeSource) {
        self.logger = logger
        self.time = time
        (debts, debt) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether a line of this kind is to be written; if not, it has been counted.
    func admits(_ level: Logger.Level, _ event: String, reason: String) -> Bool {
        let kind = Kind(event: event, reason: reason)
        let now = time.uptime()
        let (isAdmitted, isFirstDebt, over) = windows.withLock { windows -> (Bool, Bool, Window?) in
            let old = windows[kind]
            var current = old ?? Window(end: now + Self.window, level: level)
            // The timer is late where the processor belongs to requests only, as on Cloud Run.
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

    /// Writes the counts when their time has come, until the service shuts down; then all that are left.
    ///
    /// Nothing ticks while nothing is suppressed.
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

    /// When the first window ends that has something to tell.
    private var nextEnd: Duration? {
        windows.withLock { $0.values.filter { $0.suppressed > 0 }.map(\.end).min() }
    }

    /// Forgets the windows that are over by then, or all, and tells of them.
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
