package import Timestamps

/// Repeats a call that changes nothing, while Google does not answer or asks to wait.
///
/// Its pauses are those of ``RetrySchedule``, or longer if Google asks for that.
package struct ReadRetries: Sendable {
    /// The longest single try.
    static let longestCall: Duration = .seconds(20)

    private let time: TimeSource
    private let schedule: RetrySchedule

    /// Retries by these clocks; the random number is of [0, 1).
    package init(time: TimeSource, random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }) {
        self.time = time
        schedule = RetrySchedule(first: .milliseconds(500), maximum: .seconds(32), random: random)
    }

    /// Calls until there is an answer, or a failure that waiting does not mend.
    ///
    /// - Parameters:
    ///   - duration: The time for all of it.
    ///   - call: One try, within the time that it is given.
    /// - Returns: The answer.
    /// - Throws: The last try's error, once there is no time for another or the task is cancelled.
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
    /// How long to wait at least before a read is tried again; nil where another try would end alike.
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
