package import Timestamps

/// Where pushes wait whose activation ends soon, so that it is cleaned at its end instead of at the next delivery.
///
/// A held push costs its suspended task and a place in a table, and no thread; one timer wakes them all. Their number
/// is bounded, since each one also occupies a connection, and one of Cloud Run's concurrent requests.
package final class HoldingRoom: Sendable {
    /// How a wait ended.
    package enum Wait: Sendable, Equatable {
        /// The time has passed.
        case over
        /// It would have been too long, or the room was full.
        case notHeld
        /// The service is shutting down, or the sender has gone.
        case interrupted
    }

    private let longestSeconds: Int64
    private let capacity: Int
    private let waits: TimedWaits<Wait>

    /// A room; its timer runs in ``run()``.
    ///
    /// - Parameters:
    ///   - longestSeconds: The longest wait; 0 holds nothing.
    ///   - capacity: How many may wait at a time.
    ///   - time: How to wait.
    package init(longestSeconds: Int64, capacity: Int, time: TimeSource) {
        self.longestSeconds = longestSeconds
        self.capacity = capacity
        waits = TimedWaits(time: time, whenOver: .over, whenInterrupted: .interrupted)
    }

    /// Ends the waits whose time has passed, until the room is closed or the task is cancelled; then all others.
    package func run() async {
        await waits.run()
    }

    /// How many pushes wait now.
    package var count: Int { waits.count }

    /// Waits so long if that is allowed; ends at once when the room is closed or the sender goes away.
    package func hold(for duration: Duration, sender: PushSender = .unknown) async -> Wait {
        guard duration <= .seconds(longestSeconds) else { return .notHeld }
        let ticket: TimedWaits<Wait>.Ticket
        do throws(TimedWaits<Wait>.Refusal) {
            ticket = try waits.enter(for: duration, capacity: capacity)
        } catch {
            switch error {
            case .closed: return .interrupted
            case .full: return .notHeld
            }
        }
        let stopWatching = sender.watch { [waits] in waits.end(ticket, .interrupted) }
        defer { stopWatching() }
        return await waits.wait(ticket)
    }

    /// Sends everybody away who waits, and holds nobody any more.
    package func close() {
        waits.endAll()
    }
}

/// Whoever waits for the answer to a push, and may go away before it comes.
package struct PushSender: Sendable {
    /// Begins to watch for the sender's departure, and returns what ends the watch.
    ///
    /// The callback comes at most once, on any thread, and must not block.
    package let watch: @Sendable (_ onDeparture: @escaping @Sendable () -> Void) -> @Sendable () -> Void

    /// A sender that is watched like this.
    package init(
        watch: @escaping @Sendable (_ onDeparture: @escaping @Sendable () -> Void) -> @Sendable () -> Void
    ) {
        self.watch = watch
    }

    /// A sender who cannot be seen.
    package static let unknown = PushSender { _ in {} }
}
