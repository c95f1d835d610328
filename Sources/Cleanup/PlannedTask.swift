package import ExpiryNotices
internal import GoogleCloud
package import Timestamps

/// A Cloud Task to create: the ends it carries, and its schedule time.
package struct PlannedTask: Sendable {
    /// The delay of a task that retries, in seconds; equals the queue's maximum retry backoff.
    package static let againSeconds: Int64 = 600

    /// Ends within this many seconds of the first share its task.
    private static let sharedSeconds: Int64 = 60

    /// The notice with the ends that are still needed.
    package let notice: ExpiryNotice
    /// The task's schedule time.
    package let instant: Instant

    /// The task for a notice's next pending end.
    ///
    /// - Parameters:
    ///   - notice: The notice the task carries.
    ///   - now: The time that decides which ends have passed; Google's clock if known.
    ///   - rules: The operator's rules.
    /// - Returns: The task; the same as ``again(_:now:)`` if no end is pending.
    package static func next(_ notice: ExpiryNotice, now: Instant, _ rules: CleanupRules) -> PlannedTask {
        var notice = notice
        let ends = notice.ends.filter { $0.adding(seconds: rules.graceSeconds) > now }
        guard let first = ends.first else { return again(notice, now: now) }
        notice.ends = ends
        let last = ends.last { $0 <= first.adding(seconds: sharedSeconds) } ?? first
        // A condition with `<=` dies one nanosecond after its literal, and Google's `Date` has whole seconds.
        let due = last.adding(seconds: rules.graceSeconds).roundedUp.adding(seconds: 1)
        let latest = now.roundedUp.adding(seconds: TaskQueue.maximumSecondsAhead)
        return PlannedTask(notice: notice, instant: min(due, latest))
    }

    /// A task for all ends of a notice, including those that have passed, after the delay of a retry.
    package static func again(_ notice: ExpiryNotice, now: Instant) -> PlannedTask {
        PlannedTask(notice: notice, instant: now.roundedUp.adding(seconds: againSeconds))
    }

    /// The task for the pending ends a policy showed; soon if an expired binding could not be removed.
    ///
    /// - Parameters:
    ///   - successor: The notice that carries those ends.
    ///   - look: The look that found them.
    ///   - now: The current time on our clock.
    ///   - rules: The operator's rules.
    /// - Returns: The task that carries them.
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
    /// Rounded up to a whole second.
    fileprivate var roundedUp: Instant { Instant(seconds: seconds + (nanoseconds > 0 ? 1 : 0)) }
}
