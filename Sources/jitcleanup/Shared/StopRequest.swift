internal import Synchronization

/// A flag that asks to start no further work; once set, it stays set.
final class StopRequest: Sendable {
    private let flag = Mutex(false)

    /// Whether a stop was requested.
    var isRequested: Bool { flag.withLock { $0 } }

    /// Requests the stop.
    func request() { flag.withLock { $0 = true } }
}
