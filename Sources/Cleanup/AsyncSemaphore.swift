internal import Timestamps

/// Limits how many edits run at a time, across all resources.
///
/// First come, first served, so that a busy resource cannot starve the others.
actor AsyncSemaphore {
    private let time: TimeSource
    private var free: Int
    /// Waiter IDs in order of arrival.
    private var line: [Int] = []
    /// Removing a continuation gives the right to resume it, so each is resumed exactly once.
    private var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var lastID = 0

    init(_ count: Int, time: TimeSource) {
        precondition(count > 0, "no slots")
        free = count
        self.time = time
    }

    /// Waits for a slot; release it with ``release()``.
    ///
    /// - Parameter deadline: The uptime at which to stop waiting.
    /// - Returns: Whether a slot was acquired; false at the deadline, or once the task is cancelled.
    func acquire(until deadline: Duration) async -> Bool {
        if Task.isCancelled { return false }
        if free > 0 {
            free -= 1
            return true
        }
        lastID += 1
        let id = lastID
        line.append(id)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [time] in
                // Ends early when the slot is granted or the caller is cancelled.
                try? await time.sleep(deadline - time.uptime())
                await self.expire(id)
            }
            let hasSlot = await withCheckedContinuation { waiters[id] = $0 }
            group.cancelAll()
            return hasSlot
        }
    }

    /// Releases a slot; the longest waiter gets it.
    func release() {
        guard !line.isEmpty else {
            free += 1
            return
        }
        waiters.removeValue(forKey: line.removeFirst())?.resume(returning: true)
    }

    private func expire(_ id: Int) {
        // The slot was granted first.
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        line.removeAll { $0 == id }
        waiter.resume(returning: false)
    }
}
