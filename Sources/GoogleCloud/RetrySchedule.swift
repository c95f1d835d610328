/// Truncated exponential backoff with jitter, as Google recommends
/// (https://docs.cloud.google.com/iam/docs/retry-strategy).
package struct RetrySchedule: Sendable {
    /// The upper bound of the first pause.
    package var first: Duration
    /// The upper bound of every pause.
    package var maximum: Duration
    /// A random number from 0 to 1; always 1 for no jitter.
    package var random: @Sendable () -> Double

    /// Creates a schedule; tests replace the random source.
    package init(
        first: Duration = .milliseconds(200),
        maximum: Duration = .seconds(8),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.first = first
        self.maximum = maximum
        self.random = random
    }

    /// The pause after a failure; failures are counted from 0.
    ///
    /// Between half and all of the doubled step, so that writers that collided once do not stay in step.
    package func pause(afterFailure failure: Int) -> Duration {
        let step = min(first * (1 << min(failure, 20)), maximum)
        return step * (0.5 + random() / 2)
    }
}
