internal import Cleanup
internal import ExpiryNotices
internal import NIOHTTP1
internal import ServiceLifecycle
internal import Timestamps

/// What keeps a message that was not done with: Pub/Sub, a new publication, or the quarantine topic.
extension PushHandler {
    /// Leaves a notice that is still needed to a Cloud Task until its next end, where there is a queue, else to Pub/Sub, or
    /// publishes it again before Pub/Sub drops it; at shutdown that is left to the next delivery.
    ///
    /// An audit entry is published as a notice of our own, if it says what ends when: it may have 512 KiB.
    func keep(
        _ need: NoticeNeed,
        _ envelope: PushEnvelope,
        _ notice: ExpiryNotice,
        _ deadline: Duration
    ) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
        if notice.due != nil { return await keepInQueue(need, envelope, notice, deadline) }
        if let queue, case .waiting(_, let ahead) = need {
            let now = time.now().adding(seconds: -(ahead ?? 0))
            switch await queue.add(notice, now: now, subscription: envelope.subscription, deadline: deadline) {
            case .queued(let instant): return .queued(until: instant)
            case .failed(let detail):
                guard republisher.isDue(publishTime: envelope.publishInstant) else {
                    return .notQueued(need, detail: detail)
                }
            }
        }
        return await keepInPubSub(need, envelope, notice)
    }

    /// Leaves a notice to Pub/Sub, or publishes it again before Pub/Sub drops it.
    private func keepInPubSub(
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

    /// Hands the ends that a policy showed to the topic; where that is not possible, the entry stays needed for them.
    func handOn(
        _ next: ExpiryNotice,
        after look: Look,
        _ envelope: PushEnvelope,
        _ notice: ExpiryNotice,
        _ deadline: Duration
    ) async -> PushOutcome {
        let due = next.ends.first { $0 > look.now } ?? look.now
        let seconds = look.now.wholeSeconds(until: due.adding(seconds: cleaner.rules.graceSeconds))
        let need = NoticeNeed.waiting(retryAfterSeconds: max(1, seconds))
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
        if let queue {
            let result = await queue.add(next, now: look.now, subscription: envelope.subscription, deadline: deadline)
            if case .queued = result { return .handedOn(look, ends: next.ends) }
        }
        let why: String
        switch await republisher.publish(next.ownMessage) {
        case .published: return .handedOn(look, ends: next.ends)
        case .notDue: why = ""
        case .impossible(let obstacle): why = obstacle.rawValue
        case .failed(let detail): why = detail
        }
        // Said once for each message, and at the end of its retention with its data.
        guard !republisher.isDue(publishTime: envelope.publishInstant),
            cleaner.isFirst("later ends \(notice.messageID)")
        else { return await keepInPubSub(need, envelope, notice) }
        return .notHandedOn(need, why: why)
    }

    /// Leaves a notice that came by a task to the queue's retries, unless it waits for a later end.
    private func keepInQueue(
        _ need: NoticeNeed,
        _ envelope: PushEnvelope,
        _ notice: ExpiryNotice,
        _ deadline: Duration
    ) async -> PushOutcome {
        let now = time.now()
        guard let queue, let due = notice.due, due <= now else { return .needed(need) }
        let subscription = envelope.subscription
        let result: NoticeQueue.Result?
        if case .waiting(_, clockAheadSeconds: nil) = need {
            result = await queue.add(notice, now: now, subscription: subscription, deadline: deadline)
        } else {
            result = await queue.renew(notice, subscription: subscription, deadline: deadline)
        }
        switch result {
        case .queued(let instant): return .queued(until: instant)
        case .failed(let detail): return .notQueued(need, detail: detail)
        case nil: return .needed(need)
        }
    }

    func setAside(_ notice: ExpiryNotice, _ envelope: PushEnvelope, _ failure: CommitFailure) async
        -> PushOutcome
    {
        let outcome = await setAside(envelope, reason: failure.reason, detail: failure.detail)
        if outcome.status == .noContent { cleaner.forget(notice) }
        return outcome
    }

    /// Gets a message out of the way that can never be acted on, without losing it; at shutdown that is left to the next
    /// delivery.
    func setAside(_ envelope: PushEnvelope, reason: String, detail: String) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .shuttingDown }
        let why = PushOutcome.SetAside(reason: reason, detail: detail)
        let result = await quarantine.take(
            data: envelope.data,
            attributes: envelope.attributes,
            messageID: envelope.messageID,
            reason: reason
        )
        switch result {
        case .published: return .quarantined(why)
        case .notPublished: return .dropped(why)
        case .failed(let detail):
            let isDue = republisher.isDue(publishTime: envelope.publishInstant)
            return .quarantineFailed(why, detail: detail, isAboutToBeDropped: isDue)
        }
    }
}
