internal import Glibc

/// Provides the time and a way to wait; tests supply their own.
package struct TimeSource: Sendable {
    /// The wall clock, which may jump.
    package let now: @Sendable () -> Instant
    /// Monotonic time since an arbitrary start: for deadlines and ages.
    package let uptime: @Sendable () -> Duration
    /// Waits; throws `CancellationError` if the task is cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Instant,
        uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.uptime = uptime
        self.sleep = sleep
    }

    /// The system's clocks.
    package static let system = TimeSource(
        now: {
            let time = read(CLOCK_REALTIME)
            return Instant(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
        },
        uptime: {
            let time = read(CLOCK_MONOTONIC)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        },
        sleep: { try await Task.sleep(for: $0, clock: .continuous) }
    )

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        // Points to a local that outlives the call; the only error is an unknown clock, and both clocks are fixed.
        _ = unsafe clock_gettime(clock, &time)
        return time
    }
}
