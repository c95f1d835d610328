internal import Synchronization

/// A wish that no more be begun, made once.
final class StopRequest: Sendable {
    private let flag = Mutex(false)

    /// Whether the wish was made.
    var isRequested: Bool { flag.withLock { $0 } }

    /// Makes the wish.
    func request() { flag.withLock { $0 = true } }
}
