internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import NIOHTTP1
internal import ServiceLifecycle
internal import Timestamps

/// Keeping a message that is not done: in Cloud Tasks, in Pub/Sub, by republishing, or in the quarantine topic.
extension PushHandler {
    /// Hands a notice that is still needed to a Cloud Task until its next end if there is a queue; otherwise leaves it
    /// to Pub/Sub, or republishes it before Pub/Sub drops it; at shutdown, leaves this to the next delivery.
    ///
    /// An audit entry that names its ends is republished as one of our own notices, since it may have 512 KiB.
    func keep(
        _ need: NoticeNeed,
        _ envelope: PushEnvelope,
        _ notice: ExpiryNotice,
        _ deadline: Duration
    ) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
        let isTask = notice.due != nil
        let need = isTask ? need.retried(within: PlannedTask.againSeconds) : need
        let (rules, now) = (cleaner.rules, time.now())
        switch CleanupDecision.keeper(of: notice, need, rules, hasQueue: queue != nil, now: now) {
        case .sender: return isTask ? .needed(need) : await keepInPubSub(need, envelope, notice)
        case .setAside(let failure):
            return await setAside(notice, envelope, reason: failure.reason, detail: failure.detail)
        case .task(let task):
            let deadline = deadline - republisher.reservedTime
            let result = await queue?.add(task, subscription: envelope.subscription, deadline: deadline)
            if case .queued(let instant) = result { return .queued(until: instant) }
            let mustLeave =
                isTask ? notice.isAboutToLeaveQueue(at: now) : republisher.isDue(publishTime: envelope.publishInstant)
            if case .failed(let detail) = result, !mustLeave { return .notQueued(need, detail: detail) }
            return isTask ? await publishInstead(need, notice, mustLeave) : await keepInPubSub(need, envelope, notice)
        }
    }

    /// Leaves a notice to Pub/Sub, or republishes it if Pub/Sub is about to drop it.
    func keepInPubSub(
        _ need: NoticeNeed,
        _ envelope: PushEnvelope,
        _ notice: ExpiryNotice
    ) async -> PushOutcome {
        let rescue = await republisher.rescue(
            data: notice.audit?.lacksDelta == false ? notice.ownMessage : envelope.data,
            attributes: envelope.attributes,
            publishTime: envelope.publishInstant
        )
        return switch rescue {
        case .notDue: .needed(need)
        case .published(let count): .republished(need, count: count)
        case .impossible(let obstacle): .notRepublished(need, obstacle: obstacle.rawValue)
        case .failed(let detail): .republishFailed(need, detail: detail)
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
        let task = notice.flatMap { $0.due == nil ? nil : $0 }
        let result = await quarantine.take(
            // If republished from quarantine, it must not claim to come from a task.
            data: task?.unqueued.ownMessage ?? envelope.data,
            attributes: envelope.attributes,
            messageID: envelope.messageID,
            reason: reason
        )
        if case .failed(let detail) = result {
            let isDue = task == nil && republisher.isDue(publishTime: envelope.publishInstant)
            return .quarantineFailed(why, detail: detail, isAboutToBeDropped: isDue)
        }
        if let notice { cleaner.forget(notice) }
        return if case .published = result { .quarantined(why) } else { .dropped(why) }
    }
}
