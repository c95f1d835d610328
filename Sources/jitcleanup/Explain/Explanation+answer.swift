internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import NIOHTTP1
internal import PushEndpoint
internal import Service
internal import Timestamps

/// The service's response, and what follows from it.
extension Explanation {
    static func answer(_ outcome: PushOutcome, _ what: String) -> String { "\(outcome.status.code): \(what)" }

    func answer(to outcome: CleanupOutcome, _ notice: ExpiryNotice, at now: Instant) -> [String] {
        switch outcome {
        case .done(let look):
            let isUnwritten = look.removed.isEmpty && !look.isCurrent
            let what = isUnwritten ? "nothing to remove, so nothing is written" : "nothing is left to do"
            return [Self.answer(.done(look), what)]
        case .ended(let look, let next):
            let ends = "for the ends in the policy: " + next.ends.map { "\($0.asWritten)" }.joined(separator: ", ")
            if let queue = settings.taskQueue {
                let task = PlannedTask.handingOn(next, after: look, now: now, settings.rules)
                return [Self.answer(task, in: queue), ends]
            }
            guard canPublish else {
                let need = NoticeNeed.waiting(retryAfterSeconds: 1, asOf: at)
                return [Self.answer(.notHandedOn(need, why: ""), "it comes again, \(ends)")]
            }
            return [Self.answer(.handedOn(look, ends: next.ends), "published again \(ends)")]
        case .ignored(let kind): return [Self.answer(.ignored(kind), "acknowledged, and nothing is done")]
        case .needed(let need): return answer(to: need, notice, at: now)
        case .givenUp(let failure): return answer(to: .failed(failure), notice, at: now)
        case .unusable: return [setAside]
        case .interrupted: return [Self.answer(.shuttingDown, "shutting down")]
        }
    }

    private func answer(to need: NoticeNeed, _ notice: ExpiryNotice, at now: Instant) -> [String] {
        let isTask = notice.due != nil
        let need = isTask ? need.capped(atSeconds: PlannedTask.againSeconds) : need
        switch keeper(of: notice, need, at: now) {
        case .sender, .topic: break
        case .setAside: return [setAside]
        case .task(let task):
            if let queue = settings.taskQueue { return [Self.answer(task, in: queue)] }
            let why = "TASK_QUEUE_PATH is not set"
            return canPublish
                ? [Self.answer(.republished(need, count: 1), "published again, since \(why)")]
                : [Self.answer(.notQueued(need, detail: why), "\(why), so Cloud Tasks delivers it again")]
        }
        let sender = isTask ? "Cloud Tasks" : "Pub/Sub"
        switch need {
        case .waiting(let seconds, _, _):
            let what = "Retry-After: \(seconds), and \(sender) delivers it again by its retry policy"
            return [Self.answer(.needed(need), what)]
        case .young(let seconds):
            let why = "published so recently that the read may not show its binding; Retry-After: \(seconds)"
            return [Self.answer(.needed(need), why)]
        case .failed(let failure):
            let refused = Self.answer(.needed(need), "\(failure.reason); \(sender) delivers it again")
            guard failure.isPermanent else { return [refused] }
            let giveUp = notice.lastEnd.adding(seconds: settings.rules.giveUpSeconds)
            return [refused, "after \(giveUp) (GIVE_UP_SECONDS), if refused for ten minutes: \(setAside)"]
        }
    }

    private static func answer(_ task: PlannedTask, in queue: QueuePath) -> String {
        answer(.queued(until: task.instant), "one Cloud Task carries it, scheduled for \(task.instant), in \(queue)")
    }

    private var canPublish: Bool { settings.pubsub.topic != nil && !settings.rules.isDryRun }

    var setAside: String {
        let why = PushOutcome.SetAside(reason: "", detail: "")
        return settings.pubsub.quarantineTopic.map {
            Self.answer(.quarantined(why), "acknowledged, and published to \($0)")
        }
            ?? Self.answer(
                .dropped(why),
                "acknowledged, and logged as an ERROR, message.dropped, with its first 64 KiB"
            )
    }
}
