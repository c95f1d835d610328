package import ExpiryNotices
internal import GoogleCloud
package import Timestamps

/// A Cloud Task that is to be made: which ends it carries, and when it comes.
package struct PlannedTask: Sendable {
    /// As long as the queue's longest retry delay.
    package static let againSeconds: Int64 = 600

    /// Ends this close to each other share a task.
    private static let sharedSeconds: Int64 = 60

    /// The notice with the ends that are still needed.
    package let notice: ExpiryNotice
    /// The task's schedule time.
    package let instant: Instant

    /// The task for a notice's next end.
    ///
    /// - Parameters:
    ///   - notice: The notice.
    ///   - now: The time by which its ends have passed or not; Google's, where that is known.
    ///   - rules: What the operator decided.
    /// - Returns: The task; as ``again(_:now:)`` if no end is to come.
    package static func next(_ notice: ExpiryNotice, now: Instant, _ rules: CleanupRules) -> PlannedTask {
        var notice = notice
        let ends = notice.ends.filter { $0.adding(seconds: rules.graceSeconds) > now }
        guard let first = ends.first else { return again(notice, now: now) }
        notice.ends = ends
        let last = ends.last { $0 <= first.adding(seconds: sharedSeconds) } ?? first
        // A `<=` dies a nanosecond late, and Google's `Date` has whole seconds.
        let due = last.adding(seconds: rules.graceSeconds).roundedUp.adding(seconds: 1)
        let latest = now.roundedUp.adding(seconds: TaskQueue.maximumSecondsAhead)
        return PlannedTask(notice: notice, instant: min(due, latest))
    }

    /// A task for all ends of a notice, those that have passed included, that comes as soon as a retry would.
    package static func again(_ notice: ExpiryNotice, now: Instant) -> PlannedTask {
        PlannedTask(notice: notice, instant: now.roundedUp.adding(seconds: againSeconds))
    }

    /// The task for the ends that a policy showed: soon, if a binding should have gone and stays.
    ///
    /// - Parameters:
    ///   - successor: The notice that stands for those ends.
    ///   - look: What showed them.
    ///   - now: Our clock.
    ///   - rules: What the operator decided.
    /// - Returns: The task.
    package static func handingOn(
        _ successor: ExpiryNotice,
        after look: Look,
        now: Instant,
        _ rules: CleanupRules
    ) -> PlannedTask {
        successor.firstLook(graceSeconds: rules.graceSeconds) <= look.now
            ? again(successor, now: now) : next(successor, now: look.now, rules)
    }
}

extension Instant {
    /// The first whole second that is not earlier.
    fileprivate var roundedUp: Instant { Instant(seconds: seconds + (nanoseconds > 0 ? 1 : 0)) }
}
