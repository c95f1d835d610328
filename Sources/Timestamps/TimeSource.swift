#if canImport(Glibc)
    internal import Glibc
#endif

/// Where code gets the time and how it waits; tests put their own in.
package struct TimeSource: Sendable {
    /// The wall clock, which may jump.
    package let now: @Sendable () -> Instant
    /// Time since an arbitrary start, which never jumps: for deadlines and ages.
    package let uptime: @Sendable () -> Duration
    /// Waits; throws `CancellationError` when the task is cancelled meanwhile.
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

    /// The machine's own clocks.
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
        // The pointer is to a local that outlives the call; the only error is an unknown clock, and both are fixed.
        _ = unsafe clock_gettime(clock, &time)
        return time
    }
}
