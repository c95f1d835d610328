internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Work that keeps a processor busy, on threads of its own that give way to all others.
///
/// Swift's pool has one thread per processor, and whoever forges tokens decides how much there is to check: on the pool
/// those checks would hold up every other push, on threads of normal priority they would take as much of the processors
/// as the rest of the service. A thread takes what waits, and ends when there is nothing.
package final class LowPriorityQueue: Sendable {
    /// The nice value: beside busy threads of normal priority such a thread gets a tenth of a processor.
    private static let niceness: Int32 = 10

    private struct Job: Sendable {
        let work: @Sendable () -> Bool
        let continuation: CheckedContinuation<Bool?, Never>

        func run() { continuation.resume(returning: work()) }
        func turnAway() { continuation.resume(returning: nil) }
    }

    private struct State {
        var running = 0
        var waiting: [Job] = []
    }

    private enum Place {
        case aThread, theQueue, none
    }

    private let maximumRunning: Int
    private let maximumWaiting: Int
    private let state = Mutex(State())

    /// A queue without work.
    package init(maximumRunning: Int, maximumWaiting: Int) {
        self.maximumRunning = maximumRunning
        self.maximumWaiting = maximumWaiting
    }

    /// How many pieces of work wait for a thread.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs the work, after what came before it.
    ///
    /// Cancellation does not cut the wait short: the bounded queue in front of a short piece of work does.
    ///
    /// - Returns: The work's result; nil if too much of it waits already, or the system has no thread.
    package func run(_ work: @escaping @Sendable () -> Bool) async -> Bool? {
        await withCheckedContinuation { continuation in
            let job = Job(work: work, continuation: continuation)
            let place: Place = state.withLock { state in
                if state.running < maximumRunning {
                    state.running += 1
                    return .aThread
                }
                guard state.waiting.count < maximumWaiting else { return .none }
                state.waiting.append(job)
                return .theQueue
            }
            switch place {
            case .aThread: if !Self.startThread({ self.work(from: job) }) { giveUp(job) }
            case .theQueue: break
            case .none: job.turnAway()
            }
        }
    }

    /// A thread's whole life.
    private func work(from first: Job) {
        var next: Job? = first
        while let job = next {
            job.run()
            next = state.withLock { state in
                guard !state.waiting.isEmpty else {
                    state.running -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
        }
    }

    /// Without a thread, what waits must not wait for one that will never come.
    private func giveUp(_ job: Job) {
        let stranded = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [Job]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for job in [job] + stranded { job.turnAway() }
    }

    /// - Returns: Whether there is such a thread.
    private static func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
        // The new thread takes over this reference.
        let context = unsafe Unmanaged.passRetained(ThreadBody(run: body)).toOpaque()
        var thread = pthread_t()
        guard unsafe pthread_create(&thread, nil, enterThread, context) == 0 else {
            unsafe Unmanaged<ThreadBody>.fromOpaque(context).release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// On Linux a nice value belongs to a thread; where it cannot be set, the work is done all the same.
    fileprivate static func giveWay() {
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness)
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A global function, because a closure could inherit an isolation that this thread lacks.
private func enterThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
    LowPriorityQueue.giveWay()
    body.run()
    return nil
}
