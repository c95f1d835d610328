internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import ServiceLifecycle
internal import Timestamps

/// Keeping a message that is not done: in Cloud Tasks, in Pub/Sub, by republishing, or in the quarantine topic.
extension PushHandler {
    /// Hands the ends found in a policy to a task or to the topic; if neither is possible, the audit entry is kept for
    /// them.
    func handOn(_ next: ExpiryNotice, after look: Look, _ push: NoticePush) async -> PushOutcome {
        let instants = next.instants(graceSeconds: cleaner.rules.graceSeconds)
        let seconds = look.now.wholeSeconds(until: instants.first { $0 > look.now } ?? look.now)
        let need = NoticeNeed.waiting(retryAfterSeconds: max(1, seconds), asOf: look.now)
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
        var why: String?
        if let queue {
            let task = PlannedTask.handingOn(next, after: look, now: time.now(), cleaner.rules)
            let deadline = push.deadline - republisher.reservedTime
            switch await queue.add(task, subscription: push.envelope.subscription, deadline: deadline) {
            case .queued(let instant): return .queued(until: instant)
            case .failed(let detail): why = detail
            }
        }
        switch await republisher.publish(next.ownMessage) {
        case .published: return .handedOn(look, ends: next.ends)
        case .impossible(let obstacle): why = why ?? obstacle.rawValue
        case .failed(let detail): why = why ?? detail
        }
        if republisher.isDue(publishTime: push.envelope.publishInstant, now: time.now()) {
            return await republish(need, push, isLastChance: true)
        }
        // Reported once per message.
        let isFirst = cleaner.isFirst("later ends \(push.notice.messageID)")
        return isFirst ? .notHandedOn(need, why: why ?? "") : .needed(need)
    }

    /// Keeps a notice that is still needed where ``CleanupDecision/keeper(of:_:_:hasQueue:isLastChance:now:)`` says; at
    /// shutdown, leaves this to the next delivery.
    func keep(_ need: NoticeNeed, _ push: NoticePush) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
        let now = time.now()
        let isTask = push.notice.due != nil
        // Retry-After is at most the queue's longest backoff.
        let need = isTask ? need.capped(atSeconds: PlannedTask.againSeconds) : need
        let isLastChance = isAboutToBeDropped(push.notice, push.envelope, now: now)
        let keeper = CleanupDecision.keeper(
            of: push.notice,
            need,
            cleaner.rules,
            hasQueue: queue != nil,
            isLastChance: isLastChance,
            now: now
        )
        switch keeper {
        case .sender: return .needed(need)
        case .topic: return await republish(need, push, isLastChance: isLastChance)
        case .setAside(let failure):
            return await setAside(push.notice, push.envelope, reason: failure.reason, detail: failure.detail)
        case .task(let task):
            let deadline = push.deadline - republisher.reservedTime
            switch await queue?.add(task, subscription: push.envelope.subscription, deadline: deadline) {
            case .queued(let instant): return .queued(until: instant)
            case .failed(let detail) where !isLastChance: return .notQueued(need, detail: detail)
            case .failed, nil: return await republish(need, push, isLastChance: isLastChance)
            }
        }
    }

    /// Whether the sender of a message, Cloud Tasks or Pub/Sub, is about to drop it.
    private func isAboutToBeDropped(_ notice: ExpiryNotice?, _ envelope: PushEnvelope, now: Instant) -> Bool {
        notice?.due == nil
            ? republisher.isDue(publishTime: envelope.publishInstant, now: now)
            : notice?.isAboutToLeaveQueue(at: now) ?? false
    }

    /// Publishes a notice again: as it came, or as one of our own if it came by a task or names its ends in an audit
    /// entry, which may have 512 KiB.
    private func republish(_ need: NoticeNeed, _ push: NoticePush, isLastChance: Bool) async -> PushOutcome {
        let (notice, envelope) = (push.notice, push.envelope)
        let result =
            notice.due == nil
            ? await republisher.republish(
                data: notice.audit?.lacksDelta == false ? notice.ownMessage : envelope.data,
                attributes: envelope.attributes,
                publishTime: envelope.publishInstant
            ) : await republisher.publish(notice.unqueued.ownMessage)
        return switch result {
        case .published(let count): .republished(need, count: count)
        case .failed(let detail) where isLastChance: .republishFailed(need, detail: detail)
        case .impossible(let obstacle) where isLastChance: .notRepublished(need, obstacle: obstacle.rawValue)
        // Came by a task, and no queue is configured.
        case .failed(let detail): .notQueued(need, detail: "TASK_QUEUE_PATH is not set; publishing failed: \(detail)")
        case .impossible(let obstacle):
            .notQueued(need, detail: "TASK_QUEUE_PATH is not set, and it cannot be published: \(obstacle.rawValue)")
        }
    }

    /// Sets aside a message that can never be acted on, without losing it; at shutdown, leaves this to the next
    /// delivery.
    func setAside(
        _ notice: ExpiryNotice?,
        _ envelope: PushEnvelope,
        reason: String,
        detail: String
    ) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .shuttingDown }
        let why = PushOutcome.SetAside(reason: reason, detail: detail)
        // No copy of the notice is kept: each caller's frame, of which every connection holds one, would have room for it.
        let isTask = notice?.due != nil
        // If republished from quarantine, it must not claim to come from a task.
        let ownMessage = isTask ? notice?.unqueued.ownMessage : nil
        let result = await quarantine.take(
            data: ownMessage ?? envelope.data,
            attributes: envelope.attributes,
            messageID: envelope.messageID,
            reason: reason
        )
        if case .failed(let detail) = result {
            // Logged once per message: Cloud Tasks tries for days.
            let id = envelope.messageID
            let isReported =
                isAboutToBeDropped(notice, envelope, now: time.now())
                && (id.isEmpty || cleaner.isFirst("about to be dropped \(id)"))
            return .quarantineFailed(why, detail: detail, isAboutToBeDropped: isReported)
        }
        if let notice { cleaner.forget(notice) }
        return if case .published = result { .quarantined(why) } else { .dropped(why) }
    }
}
