/// Bounds how many pieces of work run at a time and how many wait for their turn.
package actor ConcurrencyLimiter {
    private let maximumRunning: Int
    private let maximumWaiting: Int
    private var running = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// A limiter without work.
    package init(maximumRunning: Int, maximumWaiting: Int) {
        self.maximumRunning = maximumRunning
        self.maximumWaiting = maximumWaiting
    }

    /// How many wait for a place.
    package var waitingCount: Int { waiting.count }

    /// Takes a place, waiting for one if need be; false if too many wait already.
    ///
    /// Every true must be followed by one ``release()``. Cancellation does not cut the wait short: the bounded queue in
    /// front of a short piece of work does.
    package func acquire() async -> Bool {
        if running < maximumRunning {
            running += 1
            return true
        }
        guard waiting.count < maximumWaiting else { return false }
        // The place of whoever resumes this one is handed over, so `running` stays as it is.
        await withCheckedContinuation { waiting.append($0) }
        return true
    }

    /// Gives a place back.
    package func release() {
        if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
    }
}
