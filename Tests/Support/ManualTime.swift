internal import Synchronization
package import Timestamps

/// Clocks that a test moves.
package final class ManualTime: Sendable {
    /// What becomes of whoever sleeps.
    package enum Sleep: Sendable {
        /// A sleep of this length or longer is over at once, and both clocks have moved by it; a shorter one is real.
        case passes(from: Duration = .zero)
        /// Sleeps until both clocks are moved.
        case waits
        /// Sleeps by the machine's clock.
        case lasts
    }

    private struct State {
        /// How far the wall clock was moved, and the other one.
        var wall: Duration = .zero
        var steady: Duration = .zero
        var sleeps: [Duration] = []
        var sleepers: [AsyncStream<Void>.Continuation] = []
    }

    /// Where the wall clock stands unless told otherwise.
    package static let start = Instant(seconds: 1_700_000_000)

    private let base: TimeSource
    private let sleep: Sleep
    private let state = Mutex(State())

    private init(_ base: TimeSource, _ sleep: Sleep) {
        self.base = base
        self.sleep = sleep
    }

    /// Clocks that stand still; the uptime is zero.
    package convenience init(_ now: Instant = start, sleep: Sleep = .passes()) {
        self.init(TimeSource(now: { now }, uptime: { .zero }, sleep: { _ in }), sleep)
    }

    /// The machine's clocks, which can be put forward together.
    package static func running() -> ManualTime { ManualTime(.system, .lasts) }

    package var now: Instant { base.now().adding(state.withLock { $0.wall }) }

    /// The sleeps so far.
    package var sleeps: [Duration] { state.withLock { $0.sleeps } }

    /// Moves both clocks.
    package func advance(_ duration: Duration) {
        let sleepers = state.withLock { state in
            state.wall += duration
            state.steady += duration
            defer { state.sleepers = [] }
            return state.sleepers
        }
        for sleeper in sleepers { sleeper.finish() }
    }

    /// Sets the wall clock alone.
    package func set(_ now: Instant) {
        let base = base.now()
        let nanoseconds = Int64(now.nanoseconds) - Int64(base.nanoseconds)
        state.withLock { $0.wall = .seconds(now.seconds - base.seconds) + .nanoseconds(nanoseconds) }
    }

    package var source: TimeSource {
        TimeSource(
            now: { self.now },
            uptime: { self.base.uptime() + self.state.withLock { $0.steady } },
            sleep: { try await self.rest($0) }
        )
    }

    private func rest(_ duration: Duration) async throws {
        try Task.checkCancellation()
        let (stream, sleeper) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            state.sleeps.append(duration)
            if case .waits = sleep { state.sleepers.append(sleeper) }
        }
        switch sleep {
        case .waits:
            for await _ in stream {}
            try Task.checkCancellation()
        case .passes(let shortest) where duration >= shortest:
            advance(max(.zero, duration))
            await Task.yield()
        case .passes, .lasts: try await TimeSource.system.sleep(duration)
        }
    }
}

extension Instant {
    /// This instant moved by a time, which may be negative.
    package func adding(_ duration: Duration) -> Instant {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int64(self.nanoseconds) + attoseconds / 1_000_000_000
        let carry = nanoseconds < 0 ? -1 : nanoseconds / 1_000_000_000
        return Instant(
            seconds: self.seconds + seconds + carry,
            nanoseconds: Int32(nanoseconds - carry * 1_000_000_000)
        )
    }
}
