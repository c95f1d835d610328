#if canImport(Glibc)
    internal import Glibc
#endif

/// How refusals slow a whole push subscription down: a model, not a promise.
///
/// Google says that the pause between deliveries grows exponentially from 100 ms to 60 s with the number of refusals,
/// for all messages of the subscription, and gives two examples: 1 refusal per second and a delivery about every
/// 500 ms; 5 refusals per second and one every 30 to 60 s (https://docs.cloud.google.com/pubsub/docs/push#push_backoff).
/// The model is the exponential through both, with 45 s for the second.
enum PushBackoffModel {
    /// Refusals per second and seconds between deliveries, as Google gives them.
    static let anchors: [(refusals: Double, pause: Double)] = [(1, 0.5), (5, 45)]
    /// The shortest and the longest pause.
    static let pauses: ClosedRange<Double> = 0.1...60

    /// Seconds between two deliveries at so many refusals per second.
    static func pause(refusalsPerSecond refusals: Double) -> Double {
        let (first, second) = (anchors[0], anchors[1])
        let share = (refusals - first.refusals) / (second.refusals - first.refusals)
        let pause = first.pause * pow(second.pause / first.pause, share)
        return min(max(pause, pauses.lowerBound), pauses.upperBound)
    }

    /// The refusals per second from which deliveries are too slow even for those refusals, so that ended activations
    /// have to queue behind waiting ones.
    static let mostRefusalsPerSecond: Double = {
        var (below, above) = (anchors[0].refusals, anchors[1].refusals)
        for _ in 0..<60 {
            let middle = (below + above) / 2
            if middle * pause(refusalsPerSecond: middle) < 1 { below = middle } else { above = middle }
        }
        return below
    }()

    /// How many activations may wait at once before ended ones queue.
    static func mostWaiting(_ schedule: DeliverySchedule, _ choice: DeliverySchedule.Choice) -> Int {
        let refusals = schedule.deliveries - 1
        guard refusals > 0 else { return .max }
        return Int(mostRefusalsPerSecond * Double(choice.activation + choice.grace) / Double(refusals))
    }
}
