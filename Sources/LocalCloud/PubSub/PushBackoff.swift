internal import Glibc

/// A model of Pub/Sub's push backoff, which slows all deliveries of a subscription down when pushes are refused.
///
/// Google publishes bounds and two examples: 100 ms to 60 s, growing exponentially with the number of refusals; a delivery
/// about every 500 ms where one push a second is refused, every 30 to 60 s where five are. A pause of 100 ms × 5^(refusals
/// per second) fits them. That refusals count for a minute is an assumption.
///
/// https://docs.cloud.google.com/pubsub/docs/push#push_backoff
struct PushBackoff {
    private static let window: Duration = .seconds(60)
    private static let longest = 60_000.0
    private var refusals: ArraySlice<Duration> = []

    mutating func refuse(at uptime: Duration) { refusals.append(uptime) }

    /// How long the next delivery waits after the one before it.
    mutating func pause(at uptime: Duration) -> Duration {
        refusals = refusals.drop { $0 <= uptime - Self.window }
        guard !refusals.isEmpty else { return .zero }
        let perSecond = Double(refusals.count) / (Self.window / .seconds(1))
        return .milliseconds(Int64(min(Self.longest, 100 * pow(5, perSecond))))
    }
}
