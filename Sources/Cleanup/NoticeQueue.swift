internal import Base64
internal import ExpiryNotices
package import GoogleCloud
internal import LosslessJSON
internal import Synchronization
package import Timestamps

/// Hands notices to Cloud Tasks, one task per notice at a time, so that they come back at their ends instead of through
/// refused pushes.
package final class NoticeQueue: Sendable {
    /// The outcome of queueing a notice.
    package enum Result: Sendable {
        /// A task was created and comes at this time.
        case queued(until: Instant)
        /// No task could be created; the reason may contain text from Google.
        case failed(String)
    }

    /// How long a refusal is remembered: a missing queue or permission affects every notice.
    private static let refusalTime: Duration = .seconds(60)
    /// The time limit for one call.
    private static let longestCall: Duration = .seconds(10)
    /// The minimum time left to start a call: a shorter call could time out after its task was created.
    private static let shortestCall: Duration = .seconds(1)

    private let queue: TaskQueue
    private let schedule: RetrySchedule
    private let time: TimeSource
    private let refusal = Mutex<(detail: String, end: Duration)?>(nil)

    /// Creates a hand-over to the given queue.
    package init(queue: TaskQueue, schedule: RetrySchedule = RetrySchedule(), time: TimeSource) {
        self.queue = queue
        self.schedule = schedule
        self.time = time
    }

    /// Creates a task.
    ///
    /// - Parameters:
    ///   - task: The notice and its schedule time.
    ///   - subscription: The subscription named in the notice's envelope.
    ///   - deadline: The uptime by which to return.
    /// - Returns: Whether the task was created.
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
            // After a timeout the task may exist: a retry would create a duplicate.
            guard time.uptime() - begin < longest else { return .failed(detail) }
            let pause = schedule.pause(afterFailure: failures)
            failures += 1
            guard pause + Self.shortestCall < deadline - time.uptime(), (try? await time.sleep(pause)) != nil else {
                return .failed(detail)
            }
        }
    }

    /// A push body as Pub/Sub would send it, with our own notice in place of the original data.
    private static func body(_ notice: ExpiryNotice, _ subscription: String?) -> [UInt8] {
        let message: JSONText = [
            "data": .string(Base64.encode(notice.ownMessage)),
            "messageId": .string(notice.messageID),
            "publishTime": .optional(notice.publishTime.map { "\($0)" }),
        ]
        return (["message": message, "subscription": .optional(subscription)] as JSONText).bytes()
    }
}
