internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import ServiceLifecycle
internal import Timestamps

/// What came by a Cloud Task, and what else only we can hand on.
extension PushHandler {
    /// Makes the next task of a notice that came by one, if it waits for a later end; what failed is left to the queue's
    /// retries until Cloud Tasks is about to delete the task.
    func keepInQueue(
        _ need: NoticeNeed,
        _ envelope: PushEnvelope,
        _ notice: ExpiryNotice,
        _ deadline: Duration
    ) async -> PushOutcome {
        let need = need.retried(within: NoticeQueue.againSeconds)
        let now = time.now()
        let isAboutToLeave = notice.isAboutToLeaveQueue(at: now)
        let (subscription, deadline) = (envelope.subscription, deadline - republisher.reservedTime)
        let result: NoticeQueue.Result?
        if case .waiting(_, _, let asOf) = need, let due = notice.due, due <= asOf {
            result = await queue?.add(notice, now: asOf, subscription: subscription, deadline: deadline)
        } else if isAboutToLeave {
            if case .failed(let failure) = need, failure.isPermanent, cleaner.rules.isPastGivingUp(notice, at: now) {
                return await setAside(notice, envelope, failure)
            }
            result = await queue?.addAgain(notice, subscription: subscription, deadline: deadline)
        } else {
            return .needed(need)
        }
        switch result {
        case .queued(let instant): return .queued(until: instant)
        case .failed(let detail) where !isAboutToLeave: return .notQueued(need, detail: detail)
        case .failed, nil: break
        }
        // The queue is gone from the settings, or lets nothing in: nothing else would hold the notice.
        switch await republisher.publish(notice.unqueued.ownMessage) {
        case .published(let count): return .republished(need, count: count)
        case .failed(let detail) where isAboutToLeave: return .republishFailed(need, detail: detail)
        case .impossible(let obstacle) where isAboutToLeave: return .notRepublished(need, obstacle: obstacle.rawValue)
        case .failed, .impossible, .notDue: return .notQueued(need, detail: "TASK_QUEUE_PATH is not set any more")
        }
    }

    /// Hands the ends that a policy showed to a task or to the topic; where that is not possible, the entry stays needed
    /// for them.
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
            let (subscription, deadline) = (envelope.subscription, deadline - republisher.reservedTime)
            // A binding that should have gone and stays is looked at again soon.
            let result =
                instants[0] <= look.now
                ? await queue.addAgain(next, subscription: subscription, deadline: deadline)
                : await queue.add(next, now: look.now, subscription: subscription, deadline: deadline)
            switch result {
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
        // Said once for each message, and at the end of its retention with its data.
        guard !republisher.isDue(publishTime: envelope.publishInstant),
            cleaner.isFirst("later ends \(notice.messageID)")
        else { return await keepInPubSub(need, envelope, notice) }
        return .notHandedOn(need, why: why)
    }
}
