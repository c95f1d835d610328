internal import Synchronization
package import Timestamps

/// Runs tasks one job at a time on the calling thread, and lets time pass only when all of them wait.
///
/// Everything that the work starts runs here: what is reached by structured concurrency (actors without an executor of
/// their own included), and unstructured tasks, see ``CapturedJobs``. So a run takes no real time and is the same each
/// time; with a seed, jobs that are ready run in an order drawn from it. `Task.sleep` alone goes by the real clock,
/// which is right for guards against what hangs.
@safe
package final class VirtualTime: TaskExecutor, Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var timers = TimerQueue()
        var uptime: Duration = .seconds(1_000)
        var random: SplitMix64?
    }

    /// Where Google's clock stands at uptime 0.
    package static let epoch = Instant(seconds: 1_800_000_000)

    private let state: Mutex<State>

    /// Time that stands at an uptime of 1,000 s.
    package init(seed: UInt64? = nil) {
        state = Mutex(State(random: seed.map { SplitMix64(seed: $0) }))
    }

    /// Time since the beginning.
    package var uptime: Duration { state.withLock { $0.uptime } }

    /// The right time.
    package var now: Instant { Self.epoch.adding(uptime) }

    /// Clocks of which the wall clock is off by so many seconds, which may change.
    package func source(offsetSeconds: @escaping @Sendable () -> Int64 = { 0 }) -> TimeSource {
        TimeSource(
            now: { self.now.adding(seconds: offsetSeconds()) },
            uptime: { self.uptime },
            sleep: { try await self.sleep($0) }
        )
    }

    /// Waits.
    ///
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    package func sleep(_ duration: Duration) async throws {
        let id = state.withLock { $0.timers.newID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                state.withLock { state in
                    state.timers.add(id, due: state.uptime + max(.zero, duration)) { isDropped in
                        if isDropped {
                            continuation.resume(throwing: CancellationError())
                        } else {
                            continuation.resume()
                        }
                    }
                }
            }
        } onCancel: {
            drop(id)
        }
    }

    /// Does something once the time has passed, unless the timer is dropped first.
    ///
    /// - Returns: The timer's name, for ``drop(_:)``.
    package func after(_ duration: Duration, _ action: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            let id = state.timers.newID()
            state.timers.add(id, due: state.uptime + max(.zero, duration)) { if !$0 { action() } }
            return id
        }
    }

    /// Drops a timer, if it is still there.
    package func drop(_ timer: Int) { state.withLock { $0.timers.take(timer) }?(true) }

    package nonisolated func enqueue(_ job: consuming ExecutorJob) { add(UnownedJob(job)) }

    /// Takes a job that would run on Swift's own threads otherwise.
    func add(_ job: UnownedJob) { state.withLock { $0.jobs.append(job) } }

    /// Runs a task and all that it starts until it is over.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let box = Box<Value>()
        return try CapturedJobs.capture(for: self) {
            Task(executorPreference: self) {
                do {
                    box.put(.success(try await body()))
                } catch {
                    box.put(.failure(error))
                }
            }
            while true {
                if let result = box.content { return try result.get() }
                if let job = nextJob() {
                    // The job came in through `enqueue` or `add`, which nobody else has handed it to.
                    unsafe job.runSynchronously(on: asUnownedTaskExecutor())
                } else if let action = nextTimer() {
                    action(false)
                } else {
                    throw Stuck()
                }
            }
        }
    }

    private final class Box<Value: Sendable>: Sendable {
        private let state = Mutex<Result<Value, any Error>?>(nil)

        var content: Result<Value, any Error>? { state.withLock { $0 } }

        func put(_ result: Result<Value, any Error>) { state.withLock { $0 = result } }
    }

    /// Nobody can go on, and no time that passes changes that.
    package struct Stuck: Error {}

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            let place = state.random?.number(below: state.jobs.count) ?? 0
            return state.jobs.remove(at: place)
        }
    }

    private func nextTimer() -> TimerQueue.Action? {
        state.withLock { state in
            guard let (due, action) = state.timers.takeFirst() else { return nil }
            state.uptime = max(state.uptime, due)
            return action
        }
    }
}
