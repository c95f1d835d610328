package import Timestamps

/// Retries a read-only call while Google does not respond or asks to wait.
///
/// Pauses follow ``RetrySchedule``, or are longer if Google asks for that.
package struct ReadRetries: Sendable {
    /// The longest single attempt.
    static let longestCall: Duration = .seconds(20)

    private let time: TimeSource
    private let schedule: RetrySchedule

    /// Creates retries with these clocks; the random number is in [0, 1).
    package init(time: TimeSource, random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }) {
        self.time = time
        schedule = RetrySchedule(first: .milliseconds(500), maximum: .seconds(32), random: random)
    }

    /// Calls until there is a response, or a failure that a retry cannot fix.
    ///
    /// - Parameters:
    ///   - duration: The overall time limit.
    ///   - call: One attempt, within the time it is given.
    /// - Returns: The response.
    /// - Throws: The last attempt's error, once there is no time for another or the task is cancelled.
    package func run<Value: Sendable>(
        within duration: Duration,
        _ call: (_ time: Duration) async throws(ResourceManagerError) -> Value
    ) async throws(ResourceManagerError) -> Value {
        let deadline = time.uptime() + duration
        var failures = 0
        while true {
            do throws(ResourceManagerError) {
                return try await call(min(deadline - time.uptime(), Self.longestCall))
            } catch {
                guard let minimum = error.waitBeforeNextTry else { throw error }
                let pause = max(schedule.pause(afterFailure: failures), minimum)
                failures += 1
                guard pause < deadline - time.uptime(), (try? await time.sleep(pause)) != nil else { throw error }
            }
        }
    }
}

extension ResourceManagerError {
    /// The shortest wait before a read is retried; nil if a retry would fail the same way.
    fileprivate var waitBeforeNextTry: Duration? {
        switch self {
        case .rateLimited(let seconds, _): .seconds(seconds ?? 1)
        case .unavailable, .timedOut, .conflict: .zero
        case .permissionDenied, .notFound, .serviceDisabled, .invalidArgument, .credentials, .unexpected, .outOfTime,
            .policyNotUnderstood, .cancelled:
            nil
        }
    }
}
