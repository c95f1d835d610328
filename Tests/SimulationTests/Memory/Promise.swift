import Synchronization
import TestSupport

/// One value that one task waits for and another one brings.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value?, Never>)
        case ended(Value?)
    }

    private let state = Mutex(State.open)

    /// Brings the value; the first one counts.
    func keep(_ value: Value) { end(value) }

    /// Waits for the value.
    ///
    /// - Returns: The value; nil if the time is over or the task cancelled.
    func value(atMost limit: Duration, _ time: VirtualTime) async -> Value? {
        let timer = time.after(limit) { self.end(nil) }
        defer { time.drop(timer) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ended: Value?? = state.withLock { state in
                    if case .ended(let value) = state { return .some(value) }
                    state = .waiting(continuation)
                    return nil
                }
                if let ended { continuation.resume(returning: ended) }
            }
        } onCancel: {
            end(nil)
        }
    }

    private func end(_ value: Value?) {
        let waiting = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            if case .ended = state { return nil }
            defer { state = .ended(value) }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: value)
    }
}
