internal import Synchronization
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

    /// How exactly waits end, while there are any; nothing ticks in an empty room.
    private static let tick: Duration = .milliseconds(100)

    /// Where one push stands; whoever takes the continuation out resumes it.
    private enum Place {
        case entered
        case waiting(CheckedContinuation<Wait, Never>)
        case ended(Wait)
    }

    private struct State {
        var isClosed = false
        var lastID = 0
        var places: [Int: (due: Duration, place: Place)] = [:]
    }

    private let longestSeconds: Int64
    private let capacity: Int
    private let time: TimeSource
    private let state = Mutex(State())
    /// Says that the room is no longer empty.
    private let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    /// A room; its timer runs in ``run()``.
    ///
    /// - Parameters:
    ///   - longestSeconds: The longest wait; 0 holds nothing.
    ///   - capacity: How many may wait at a time.
    ///   - time: How to wait.
    package init(longestSeconds: Int64, capacity: Int, time: TimeSource) {
        self.longestSeconds = longestSeconds
        self.capacity = capacity
        self.time = time
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Ends the waits whose time has passed, until the room is closed or the task is cancelled; then all others.
    package func run() async {
        for await _ in arrivals {
            while count > 0, !Task.isCancelled {
                // Cancellation ends both loops.
                try? await time.sleep(Self.tick)
                let now = time.uptime()
                for id in state.withLock({ $0.places.filter { $1.due <= now }.keys.sorted() }) { end(id, .over) }
            }
        }
        close()
    }

    /// How many pushes wait now.
    package var count: Int { state.withLock { $0.places.count } }

    /// Waits so many seconds if that is allowed; ends at once when the room is closed or the sender goes away.
    package func hold(seconds: Int64, for sender: PushSender = .unknown) async -> Wait {
        guard seconds <= longestSeconds else { return .notHeld }
        let due = time.uptime() + .seconds(seconds)
        let entry = state.withLock { state -> Result<Int, Refusal> in
            if state.isClosed { return .failure(.closed) }
            guard state.places.count < capacity else { return .failure(.full) }
            state.lastID += 1
            state.places[state.lastID] = (due, .entered)
            return .success(state.lastID)
        }
        let id: Int
        switch entry {
        case .success(let entered): id = entered
        case .failure(.closed): return .interrupted
        case .failure(.full): return .notHeld
        }
        arrival.yield()
        let stopWatching = sender.watch { self.end(id, .interrupted) }
        let wait = await withTaskCancellationHandler {
            await withCheckedContinuation { self.park($0, id) }
        } onCancel: {
            end(id, .interrupted)
        }
        stopWatching()
        state.withLock { $0.places[id] = nil }
        return wait
    }

    /// Sends everybody away who waits, and holds nobody any more.
    package func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            return Array(state.places.keys)
        }
        arrival.finish()
        for id in waiting { end(id, .interrupted) }
    }

    private enum Refusal: Error {
        case closed
        case full
    }

    private func park(_ continuation: CheckedContinuation<Wait, Never>, _ id: Int) {
        let ended = state.withLock { state -> Wait? in
            if case .ended(let wait) = state.places[id]?.place { return wait }
            state.places[id]?.place = .waiting(continuation)
            return nil
        }
        if let ended { continuation.resume(returning: ended) }
    }

    private func end(_ id: Int, _ wait: Wait) {
        let continuation = state.withLock { state -> CheckedContinuation<Wait, Never>? in
            switch state.places[id]?.place {
            case .waiting(let continuation):
                state.places[id]?.place = .ended(wait)
                return continuation
            case .entered:
                state.places[id]?.place = .ended(wait)
                return nil
            case .ended, nil:
                return nil
            }
        }
        continuation?.resume(returning: wait)
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
