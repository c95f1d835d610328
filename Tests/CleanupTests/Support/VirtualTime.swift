import Synchronization
import Testing
import Timestamps

/// Runs tasks one job at a time on the calling thread, and lets time pass only when all of them wait.
///
/// Everything that is reached by structured concurrency runs here (actors without an executor of their own included),
/// so a run takes no real time and is the same each time; with a seed, jobs that are ready run in an order drawn from
/// it.
@safe
final class VirtualTime: TaskExecutor, Sendable {
    private struct Timer {
        let due: Duration
        let id: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var timers: [Timer] = []
        var uptime: Duration = .seconds(1_000)
        var lastTimer = 0
        var random: SplitMix64?
        var isOver = false
    }

    /// Where Google's clock stands at uptime 0.
    static let epoch = Instant(seconds: 1_800_000_000)

    private let state: Mutex<State>

    init(seed: UInt64? = nil) {
        state = Mutex(State(random: seed.map { SplitMix64(seed: $0) }))
    }

    var uptime: Duration { state.withLock { $0.uptime } }

    /// The right time.
    var now: Instant { Self.epoch.adding(uptime) }

    /// Clocks of which the wall clock is off by so many seconds, which may change.
    func source(offsetSeconds: @escaping @Sendable () -> Int64 = { 0 }) -> TimeSource {
        TimeSource(
            now: { self.now.adding(seconds: offsetSeconds()) },
            uptime: { self.uptime },
            sleep: { try await self.sleep($0) }
        )
    }

    func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.lastTimer += 1
            return state.lastTimer
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    state.withLock { state in
                        let due = state.uptime + max(.zero, duration)
                        state.timers.append(Timer(due: due, id: id, continuation: continuation))
                    }
                }
            }
        } onCancel: {
            take { $0.id == id }?.continuation.resume(throwing: CancellationError())
        }
    }

    nonisolated func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Runs a task and all that it starts until it is over.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let box = Box<Value>()
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
                // The job came in through `enqueue`, which nobody else has handed it to.
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            } else if let timer = nextTimer() {
                timer.continuation.resume()
            } else {
                throw Stuck()
            }
        }
    }

    private final class Box<Value: Sendable>: Sendable {
        private let state = Mutex<Result<Value, any Error>?>(nil)

        var content: Result<Value, any Error>? { state.withLock { $0 } }

        func put(_ result: Result<Value, any Error>) { state.withLock { $0 = result } }
    }

    /// Nobody can go on, and no time that passes changes that.
    struct Stuck: Error {}

    private func nextJob() -> UnownedJob? {
        state.withLock { state in
            guard !state.jobs.isEmpty else { return nil }
            let place = state.random?.number(below: state.jobs.count) ?? 0
            return state.jobs.remove(at: place)
        }
    }

    private func nextTimer() -> Timer? {
        guard let due = state.withLock({ $0.timers.map(\.due).min() }) else { return nil }
        state.withLock { $0.uptime = max($0.uptime, due) }
        return take { $0.due == due }
    }

    private func take(_ isMeant: (Timer) -> Bool) -> Timer? {
        state.withLock { state in
            state.timers.firstIndex(where: isMeant).map { state.timers.remove(at: $0) }
        }
    }
}

extension Instant {
    func adding(_ duration: Duration) -> Instant {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int64(self.nanoseconds) + attoseconds / 1_000_000_000
        return Instant(
            seconds: self.seconds + seconds + nanoseconds / 1_000_000_000,
            nanoseconds: Int32(nanoseconds % 1_000_000_000)
        )
    }
}

/// A small random number generator whose numbers are the same on every machine (Steele, Lea and Flood, 2014).
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// True once in so many times.
    mutating func oneIn(_ count: Int) -> Bool { number(below: count) == 0 }

    /// A number of [0, 1).
    mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
