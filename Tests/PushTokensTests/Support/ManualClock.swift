internal import Synchronization
internal import Timestamps

/// A clock that stands still until a test moves it.
final class ManualClock: Sendable {
    private let state: Mutex<(now: Instant, uptime: Duration)>

    init(_ seconds: Int64) {
        state = Mutex((Instant(seconds: seconds), .zero))
    }

    func advance(_ seconds: Int64) {
        state.withLock { $0 = ($0.now.adding(seconds: seconds), $0.uptime + .seconds(seconds)) }
    }

    var now: Instant { state.withLock { $0.now } }

    func set(_ now: Instant) {
        state.withLock { $0.now = now }
    }

    var source: TimeSource {
        TimeSource(
            now: { self.state.withLock { $0.now } },
            uptime: { self.state.withLock { $0.uptime } },
            sleep: { _ in }
        )
    }
}
