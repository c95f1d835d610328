internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import ServiceLifecycle
internal import Timestamps

/// Notices delivered by Cloud Tasks, and ends that only this service can hand on.
extension PushHandler {
    /// Publishes a notice delivered by a Cloud Task: the queue is no longer configured, or accepts no task while Cloud
    /// Tasks is about to delete this one.
    func publishInstead(_ need: NoticeNeed, _ notice: ExpiryNotice, _ isAboutToLeave: Bool) async -> PushOutcome {
        switch await republisher.publish(notice.unqueued.ownMessage) {
        case .published(let count): return .republished(need, count: count)
        case .failed(let detail) where isAboutToLeave: return .republishFailed(need, detail: detail)
        case .impossible(let obstacle) where isAboutToLeave: return .notRepublished(need, obstacle: obstacle.rawValue)
        case .failed, .impossible, .notDue: return .notQueued(need, detail: "TASK_QUEUE_PATH is not set any more")
        }
    }

    /// Hands the ends found in a policy to a task or to the topic; if neither is possible, the audit entry is kept for
    /// them.
    func handOn(
        _ next: ExpiryNotice,
        after look: Look,
        _ envelope: PushEnvelope,
        _ notice: ExpiryNotice,
        _ deadline: Duration
    ) async -> PushOutcome {
        let instants = next.instants(graceSeconds: cleaner.rules.graceSeconds)
        let seconds = look.now.wholeSeconds(until: instants.first { $0 > look.now } ?? look.now)
        let need = NoticeNeed.waiting(retryAfterSeconds: max(1, seconds), asOf: look.now)
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
        var why = ""
        if let queue {
            let task = PlannedTask.handingOn(next, after: look, now: time.now(), cleaner.rules)
            let deadline = deadline - republisher.reservedTime
            switch await queue.add(task, subscription: envelope.subscription, deadline: deadline) {
            case .queued(let instant): return .queued(until: instant)
            case .failed(let detail): why = detail
            }
        }
        switch await republisher.publish(next.ownMessage) {
        case .published: return .handedOn(look, ends: next.ends)
        case .notDue: break
        case .impossible(let obstacle): why = why.isEmpty ? obstacle.rawValue : why
        case .failed(let detail): why = why.isEmpty ? detail : why
        }
        // Reported once per message; at the end of its retention, the message is republished, or logged with its data.
        guard !republisher.isDue(publishTime: envelope.publishInstant),
            cleaner.isFirst("later ends \(notice.messageID)")
        else { return await keepInPubSub(need, envelope, notice) }
        return .notHandedOn(need, why: why)
    }
}
