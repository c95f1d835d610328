internal import Synchronization

/// A request to begin no more, made once.
final class StopRequest: Sendable {
    private let flag = Mutex(false)

    /// Whether it was made.
    var isRequested: Bool { flag.withLock { $0 } }

    /// Makes it.
    func request() { flag.withLock { $0 = true } }
}
