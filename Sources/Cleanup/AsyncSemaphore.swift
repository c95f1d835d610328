internal import Timestamps

/// How many edits run at a time, over all projects.
///
/// First come, first served, so that a busy project cannot starve the others.
actor AsyncSemaphore {
    private let time: TimeSource
    private var free: Int
    /// In order of arrival.
    private var line: [Int] = []
    /// Taking one out is the permit to resume it.
    private var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
    private var lastID = 0

    init(_ count: Int, time: TimeSource) {
        precondition(count > 0, "no slots")
        free = count
        self.time = time
    }

    /// Waits for a slot, to be given back with ``release()``.
    ///
    /// - Parameter deadline: The uptime until which it is worth waiting.
    /// - Returns: Whether there is a slot; not so at the deadline, or once the task is cancelled.
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
                // Ends early when the slot has come, or when the caller has gone.
                try? await time.sleep(deadline - time.uptime())
                await self.expire(id)
            }
            let hasSlot = await withCheckedContinuation { waiters[id] = $0 }
            group.cancelAll()
            return hasSlot
        }
    }

    /// Gives a slot back; the longest waiter gets it.
    func release() {
        guard !line.isEmpty else {
            free += 1
            return
        }
        waiters.removeValue(forKey: line.removeFirst())?.resume(returning: true)
    }

    private func expire(_ id: Int) {
        // The slot came first.
        guard let waiter = waiters.removeValue(forKey: id) else { return }
        line.removeAll { $0 == id }
        waiter.resume(returning: false)
    }
}
