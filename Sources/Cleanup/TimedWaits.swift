internal import Synchronization
internal import Timestamps

/// Waits that end when their time has passed, unless somebody ends them before; one timer serves them all.
///
/// A wait costs its suspended task and a place in a table: no thread, no child task and no timer of its own.
final class TimedWaits<Ending: Sendable>: Sendable {
    /// How exactly waits end, while there are any; without any, nothing ticks.
    private static var tick: Duration { .milliseconds(100) }

    /// A wait that has begun; it has to be waited for.
    struct Ticket: Sendable {
        fileprivate let id: Int
    }

    /// Why no wait could begin.
    enum Refusal: Error {
        /// ``endAll()`` has been called.
        case closed
        /// There are as many as there may be.
        case full
    }

    /// Where one wait stands; whoever takes the continuation out resumes it.
    private enum Place {
        case entered
        case waiting(CheckedContinuation<Ending, Never>)
        case ended(Ending)
    }

    private struct State {
        var isClosed = false
        var lastID = 0
        var places: [Int: (due: Duration, place: Place)] = [:]
        /// The uptime from which on nobody waits any more.
        var latest: Duration?

        /// Ends a wait, and hands over whom to resume, if anybody waits already.
        mutating func end(_ id: Int, _ ending: Ending) -> CheckedContinuation<Ending, Never>? {
            switch places[id]?.place {
            case .waiting(let continuation):
                places[id]?.place = .ended(ending)
                return continuation
            case .entered:
                places[id]?.place = .ended(ending)
                return nil
            case .ended, nil:
                return nil
            }
        }
    }

    private let time: TimeSource
    private let whenOver: Ending
    private let whenInterrupted: Ending
    private let state = Mutex(State())
    /// Says that there is somebody to wait for.
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    /// A table without waits; its timer runs in ``run()``.
    ///
    /// - Parameters:
    ///   - time: What measures the waits.
    ///   - whenOver: The ending of a wait whose time has passed.
    ///   - whenInterrupted: The ending of a wait whose task is cancelled, or that is sent away.
    init(time: TimeSource, whenOver: Ending, whenInterrupted: Ending) {
        self.time = time
        self.whenOver = whenOver
        self.whenInterrupted = whenInterrupted
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many wait now.
    var count: Int { state.withLock { $0.places.count } }

    /// Ends the waits whose time has passed, until all are ended for good or the task is cancelled.
    func run() async {
        for await _ in arrivals {
            while count > 0, !Task.isCancelled {
                // Cancellation ends both loops.
                try? await time.sleep(Self.tick)
                endDue()
            }
        }
        endAll()
    }

    /// Takes a place; ``wait(_:)`` gives it back, and has to follow.
    ///
    /// - Parameters:
    ///   - duration: When the wait ends by itself.
    ///   - capacity: How many may wait, this one included.
    /// - Returns: What to wait with.
    /// - Throws: ``Refusal``.
    func enter(for duration: Duration, capacity: Int = .max) throws(Refusal) -> Ticket {
        let due = time.uptime() + duration
        let id = try state.withLock { state throws(Refusal) in
            if state.isClosed { throw .closed }
            guard state.places.count < capacity else { throw .full }
            state.lastID += 1
            state.places[state.lastID] = (due, .entered)
            return state.lastID
        }
        arrival.yield()
        return Ticket(id: id)
    }

    /// Waits until the time has passed, or until somebody ends it, who may already have done so.
    func wait(_ ticket: Ticket) async -> Ending {
        let ending = await withTaskCancellationHandler {
            await withCheckedContinuation { park($0, ticket) }
        } onCancel: {
            end(ticket, whenInterrupted)
        }
        state.withLock { $0.places[ticket.id] = nil }
        return ending
    }

    /// Ends a wait, if nobody else has done so.
    func end(_ ticket: Ticket, _ ending: Ending) {
        let continuation = state.withLock { $0.end(ticket.id, ending) }
        continuation?.resume(returning: ending)
    }

    /// Sends everybody away, and lets nobody in any more.
    func endAll() {
        let continuations = state.withLock { state in
            state.isClosed = true
            // In order of arrival, so that a simulation is the same each time.
            return state.places.keys.sorted().compactMap { state.end($0, whenInterrupted) }
        }
        arrival.finish()
        for continuation in continuations { continuation.resume(returning: whenInterrupted) }
    }

    /// Sends everybody away who is still there after so long.
    func endAll(in duration: Duration) {
        let latest = time.uptime() + duration
        state.withLock { $0.latest = latest }
    }

    private func endDue() {
        let now = time.uptime()
        let (over, late) = state.withLock { state -> ([Ticket], [Ticket]) in
            let isLate = state.latest.map { $0 <= now } ?? false
            let over = state.places.filter { $1.due <= now }.keys.sorted()
            return (over.map { Ticket(id: $0) }, isLate ? state.places.keys.sorted().map { Ticket(id: $0) } : [])
        }
        for ticket in over { end(ticket, whenOver) }
        for ticket in late { end(ticket, whenInterrupted) }
    }

    private func park(_ continuation: CheckedContinuation<Ending, Never>, _ ticket: Ticket) {
        let ended = state.withLock { state -> Ending? in
            if case .ended(let ending) = state.places[ticket.id]?.place { return ending }
            state.places[ticket.id]?.place = .waiting(continuation)
            return nil
        }
        if let ended { continuation.resume(returning: ended) }
    }
}
