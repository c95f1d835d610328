internal import Glibc
internal import Synchronization

/// The one thread that calls libcurl's multi interface, as the executor of the actor that uses it.
///
/// The thread runs the actor's jobs, then one turn of libcurl's work, then sleeps until a socket or a new job rouses it.
/// libcurl's handle is not thread-safe; every use of it is serial because the actor is its only user and this thread the
/// actor's only executor, and the compiler checks the former.
///
/// The thread leaves when it is told to, or when the actor is gone. A job that comes after that is run by the thread
/// that brings it (all it can find out is that the transport has stopped), so that no caller waits for ever.
@safe
final class CurlExecutor: SerialExecutor, Sendable {
    private enum Phase {
        /// The thread has not been started.
        case idle
        /// The thread runs jobs and transfers.
        case running
        /// The last jobs are being run; libcurl's handle must not be used any more.
        case draining
        /// The thread has ended.
        case left
    }

    private struct State {
        var phase = Phase.idle
        var jobs: [UnownedJob] = []
        var cancelled: [Int] = []
        var isLeaving = false
        var thread: pthread_t?
        var leaveWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// libcurl's handle.
    ///
    /// It is `nonisolated(unsafe)` since a C handle is not `Sendable`. Three places touch it: the actor, by way of
    /// ``transfers``; the thread's own loop; and `wake`, which libcurl allows from any thread and which happens only
    /// while the phase is `running`, under the lock. The thread closes it after the phase has changed.
    nonisolated(unsafe) private let multi: CurlMulti

    /// The transfers, for use on the thread.
    var transfers: CurlMulti {
        checkIsolated()
        return unsafe multi
    }

    /// An executor whose thread has not been started.
    init(_ multi: sending CurlMulti) {
        unsafe self.multi = multi
    }

    deinit {
        // The thread holds a reference: either it was never started, or it has left and closed the handle.
        if state.withLock({ $0.phase == .idle }) { unsafe multi.close() }
    }

    /// Starts the thread; `turn` does one turn of work on it and answers whether there is still somebody to work for.
    func start(turn: @escaping @Sendable () -> Bool) throws(TransportError) {
        state.withLock { $0.phase = .running }
        guard startThread(named: "curl-multi", { self.run(turn) }) else {
            state.withLock { $0.phase = .idle }
            throw .cannotConnect("no thread for libcurl")
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isLate = state.withLock { state in
            state.jobs.append(job)
            guard state.phase == .left else {
                wake(state)
                return false
            }
            state.phase = .draining
            state.thread = pthread_self()
            return true
        }
        guard isLate else { return }
        // The runtime does not own its executors: the job keeps the actor alive, and with it this object, but only until
        // it has run. So a reference of our own is held while the last jobs run.
        let reference = unsafe Unmanaged.passRetained(self)
        drain()
        unsafe reference.release()
    }

    /// Has the thread take a turn at once.
    func rouse() {
        state.withLock { wake($0) }
    }

    /// Has a transfer ended at the next turn; a number that is not in use is ignored.
    func cancel(_ id: Int) {
        state.withLock { state in
            guard state.phase == .running else { return }
            state.cancelled.append(id)
            wake(state)
        }
    }

    /// The transfers that are to be ended.
    func takeCancelled() -> [Int] {
        state.withLock { state in
            defer { state.cancelled = [] }
            return state.cancelled
        }
    }

    /// Makes the thread leave once its jobs are done; returns when libcurl's connections are closed.
    ///
    /// The actor must have ended its transfers and must take no new ones.
    func leave() async {
        await withCheckedContinuation { continuation in
            let isGone = state.withLock { state in
                if state.phase == .left || state.phase == .idle { return true }
                state.isLeaving = true
                state.leaveWaiters.append(continuation)
                wake(state)
                return false
            }
            if isGone { continuation.resume() }
        }
    }

    func checkIsolated() {
        precondition(isIsolatingCurrentContext() == true, "not on libcurl's thread")
    }

    func isIsolatingCurrentContext() -> Bool? {
        state.withLock { state in
            guard let thread = state.thread else { return false }
            return pthread_equal(thread, pthread_self()) != 0
        }
    }

    private func wake(_ state: borrowing State) {
        if state.phase == .running { unsafe multi.wake() }
    }

    /// The thread's whole life.
    private func run(_ turn: () -> Bool) {
        state.withLock { $0.thread = pthread_self() }
        while true {
            runJobs()
            let isNeeded = turn()
            if beginsToDrain(isNeeded: isNeeded) { break }
            unsafe multi.wait()
        }
        // No transfer is left: the actor ended them before it asked to leave. If it is gone instead, so are they, since a
        // waiting caller keeps it alive.
        unsafe multi.close()
        drain()
    }

    private func beginsToDrain(isNeeded: Bool) -> Bool {
        state.withLock { state in
            guard state.isLeaving || !isNeeded else { return false }
            state.phase = .draining
            return true
        }
    }

    private func runJobs() {
        let jobs = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    /// Runs jobs until there are none, then marks the place as deserted.
    private func drain() {
        while true {
            runJobs()
            let waiters: [CheckedContinuation<Void, Never>]? = state.withLock { state in
                guard state.jobs.isEmpty else { return nil }
                state.phase = .left
                state.thread = nil
                defer { state.leaveWaiters = [] }
                return state.leaveWaiters
            }
            guard let waiters else { continue }
            for waiter in waiters { waiter.resume() }
            return
        }
    }
}
