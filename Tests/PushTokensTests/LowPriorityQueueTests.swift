import Synchronization
import Testing

@testable import PushTokens

#if canImport(Glibc)
    import Glibc
#endif

@Suite("The queue of work that gives way")
struct LowPriorityQueueTests {
    @Test func `lets as many wait as the limit, and not one more`() async {
        let queue = LowPriorityQueue(maximumRunning: 1, maximumWaiting: 1)
        let gate = Gate()
        async let first = queue.run {
            gate.wait(); return true
        }
        while !gate.isReached { await Task.yield() }
        async let second = queue.run { false }
        while queue.waitingCount < 1 { await Task.yield() }
        #expect(await queue.run { true } == nil)
        gate.open()
        #expect(await first == true)
        #expect(await second == false)
        #expect(await queue.run { true } == true, "there is room again")
    }

    @Test func `runs no more at a time than it may, everything once, and leaves nothing waiting`() async {
        let queue = LowPriorityQueue(maximumRunning: 3, maximumWaiting: 1000)
        let running = RunningCount()
        await withTaskGroup(of: Bool?.self) { group in
            for number in 0..<500 {
                group.addTask {
                    await queue.run {
                        running.begin()
                        if number % 50 == 0 { usleep(1000) }
                        running.end()
                        return true
                    }
                }
            }
            for await result in group { #expect(result == true) }
        }
        #expect(running.all == 500)
        #expect((1...3).contains(running.most))
        #expect(queue.waitingCount == 0)
    }

    @Test func `gives way to other threads`() async {
        let queue = LowPriorityQueue(maximumRunning: 1, maximumWaiting: 0)
        #expect(await queue.run { getpriority(Int32(PRIO_PROCESS.rawValue), 0) == 10 } == true)
        #expect(getpriority(Int32(PRIO_PROCESS.rawValue), 0) < 10, "but its caller does not")
    }
}

/// Where a piece of work waits until it is let through.
private final class Gate: Sendable {
    private let state = Mutex((isReached: false, isOpen: false))

    var isReached: Bool { state.withLock { $0.isReached } }

    func open() { state.withLock { $0.isOpen = true } }

    func wait() {
        state.withLock { $0.isReached = true }
        while !state.withLock({ $0.isOpen }) { usleep(200) }
    }
}

/// How much work runs at a time.
private final class RunningCount: Sendable {
    private let state = Mutex((now: 0, most: 0, all: 0))

    var most: Int { state.withLock { $0.most } }
    var all: Int { state.withLock { $0.all } }

    func begin() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.all + 1) } }
    func end() { state.withLock { $0.now -= 1 } }
}
