/// When Pub/Sub delivers the message of one activation, and what that means for its removal: a pure function.
///
/// It follows the retry policy as it is usually read: after each refusal the wait doubles, from the minimum to the
/// maximum backoff. Google publishes neither factor nor jitter, and deliveries can come earlier and later
/// (https://docs.cloud.google.com/pubsub/docs/subscription-retry-policy).
struct DeliverySchedule: Equatable, Sendable {
    /// What the operator can choose, in seconds.
    struct Choice: Equatable, Sendable {
        /// From the message until the activation's end.
        var activation: Int
        /// `EXPIRY_GRACE_SECONDS`.
        var grace: Int
        /// The subscription's `--min-retry-delay`.
        var minimumBackoff: Int
        /// The subscription's `--max-retry-delay`.
        var maximumBackoff: Int
    }

    /// The middle and the largest of several values.
    struct Spread: Equatable, Sendable {
        var median: Int
        var worst: Int

        init(_ values: [Int]) {
            let sorted = values.sorted()
            median = sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
            worst = sorted.last ?? 0
        }
    }

    /// Deliveries until the message is acknowledged, the last one included.
    let deliveries: Int
    /// Seconds from the end to the removal, for ends at any second between two deliveries.
    let lateness: Spread

    /// The schedule for a choice.
    init(_ choice: Choice) {
        // A real activation's end is not in step with the deliveries, so every offset of one backoff is looked at.
        let offsets = 0..<max(1, choice.maximumBackoff)
        let courses = offsets.map { Course(choice, due: choice.activation + choice.grace + $0) }
        deliveries = Course(choice, due: choice.activation + choice.grace).deliveries
        lateness = Spread(courses.map { $0.removal - $0.due + choice.grace })
    }

    /// The deliveries of one message whose activation may be cleaned from a certain second on.
    private struct Course {
        let due: Int
        var deliveries = 1
        var removal = 0

        init(_ choice: Choice, due: Int) {
            self.due = due
            var time = 0
            var wait = choice.minimumBackoff
            while time < due {
                // Even without a backoff there is some time between two deliveries.
                time += max(1, wait)
                wait = min(max(1, wait) * 2, choice.maximumBackoff)
                deliveries += 1
            }
            removal = time
        }
    }
}
