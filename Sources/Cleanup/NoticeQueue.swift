internal import Base64
internal import ExpiryNotices
package import GoogleCloud
internal import LosslessJSON
internal import Synchronization
package import Timestamps

/// Hands notices to Cloud Tasks, one task at a time each, so that they come back at their ends instead of by refusals.
package final class NoticeQueue: Sendable {
    /// What became of a notice.
    package enum Result: Sendable {
        /// A task holds it until then.
        case queued(until: Instant)
        /// No task could be made; the reason may hold text of Google's.
        case failed(String)
    }

    /// How long a refusal is remembered: the queue or a permission is missing, and so it is for all.
    private static let refusalTime: Duration = .seconds(60)
    /// The longest single call.
    private static let longestCall: Duration = .seconds(10)
    /// Below this much time left no call is begun: it would be cut short, and its task be there all the same.
    private static let shortestCall: Duration = .seconds(1)

    private let queue: TaskQueue
    private let schedule: RetrySchedule
    private let time: TimeSource
    private let refusal = Mutex<(detail: String, end: Duration)?>(nil)

    /// A hand-over to a queue.
    package init(queue: TaskQueue, schedule: RetrySchedule = RetrySchedule(), time: TimeSource) {
        self.queue = queue
        self.schedule = schedule
        self.time = time
    }

    /// Makes a task.
    ///
    /// - Parameters:
    ///   - task: What it carries, and when it comes.
    ///   - subscription: What the notice's envelope named.
    ///   - deadline: The uptime by which the answer is due.
    /// - Returns: What became of it.
    package func add(_ task: PlannedTask, subscription: String?, deadline: Duration) async -> Result {
        let uptime = time.uptime()
        if let refusal = refusal.withLock({ $0 }), uptime < refusal.end { return .failed(refusal.detail) }
        let body = Self.body(task.notice.queued(at: time.now(), due: task.instant), subscription)
        var failures = 0
        while true {
            let begin = time.uptime()
            guard deadline - begin >= Self.shortestCall else { return .failed("no time is left for a call") }
            let longest = min(deadline - begin, Self.longestCall)
            let detail: String
            do throws(PublishError) {
                try await queue.add(body, at: task.instant, within: longest)
                return .queued(until: task.instant)
            } catch {
                detail = "\(error)"
                if case .refused(let status, _) = error {
                    if [403, 404].contains(status) { refusal.withLock { $0 = (detail, uptime + Self.refusalTime) } }
                    return .failed(detail)
                }
            }
            // After a time-out the task may be there: another try would make another one.
            guard time.uptime() - begin < longest else { return .failed(detail) }
            let pause = schedule.pause(afterFailure: failures)
            failures += 1
            guard pause + Self.shortestCall < deadline - time.uptime(), (try? await time.sleep(pause)) != nil else {
                return .failed(detail)
            }
        }
    }

    /// A push as Pub/Sub would send it, with our own notice in the place of the original's data.
    private static func body(_ notice: ExpiryNotice, _ subscription: String?) -> [UInt8] {
        let message: JSONText = [
            "data": .string(Base64.encode(notice.ownMessage)),
            "messageId": .string(notice.messageID),
            "publishTime": .optional(notice.publishTime.map { "\($0)" }),
        ]
        return (["message": message, "subscription": .optional(subscription)] as JSONText).bytes()
    }
}
