internal import Synchronization

/// Limits the number of concurrent pushes, and allows none while closed.
final class DeliverySlots: Sendable {
    private struct State {
        let limit: Int
        var isOpen = true
        var used = 0
        var nextID = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    init(limit: Int) {
        state = Mutex(State(limit: max(1, limit)))
    }

    /// Takes a slot, as soon as there is one; false if the task was cancelled first.
    func enter() async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let decided: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.isOpen, state.used < state.limit {
                        state.used += 1
                        return true
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let decided { continuation.resume(returning: decided) }
            }
        } onCancel: {
            // Taking the entry off the list is the permit to resume it, so it is resumed once.
            let entry = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            entry?.continuation.resume(returning: false)
        }
    }

    /// Gives a slot back.
    func leave() {
        admit { $0.used -= 1 }
    }

    /// Lets pushes happen, or holds them back.
    func setOpen(_ isOpen: Bool) {
        admit { $0.isOpen = isOpen }
    }

    private func admit(_ change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            let count = state.isOpen ? min(state.waiting.count, max(0, state.limit - state.used)) : 0
            defer { state.waiting.removeFirst(count) }
            state.used += count
            return Array(state.waiting.prefix(count))
        }
        for entry in admitted { entry.continuation.resume(returning: true) }
    }
}
