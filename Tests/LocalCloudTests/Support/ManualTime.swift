import Synchronization
import Timestamps

/// A clock that stands still; a sleep moves it and is over at once.
final class ManualTime: Sendable {
    private struct State {
        var now: Instant
        var sleeps: [Duration] = []
    }

    private let state: Mutex<State>

    init(_ now: Instant) {
        state = Mutex(State(now: now))
    }

    /// The sleeps so far.
    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    var now: Instant { state.withLock { $0.now } }

    func advance(seconds: Int64) {
        state.withLock { $0.now = $0.now.adding(seconds: seconds) }
    }

    var source: TimeSource {
        TimeSource(
            now: { self.now },
            uptime: { .seconds(self.now.seconds) },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.sleeps.append(duration)
                    state.now = state.now.adding(seconds: duration.components.seconds)
                }
                await Task.yield()
            }
        )
    }
}
