internal import Cleanup
internal import ExpiryNotices
internal import NIOHTTP1
internal import ServiceLifecycle
internal import Timestamps

/// What keeps a message that was not done with: Pub/Sub, a new publication, or the quarantine topic.
extension PushHandler {
    /// Leaves a notice that is still needed to Pub/Sub, or publishes it again before Pub/Sub drops it; at shutdown that is
    /// left to the next delivery.
    ///
    /// An audit entry is published as a notice of our own, if it says what ends when: it may have 512 KiB.
    func keep(_ need: NoticeNeed, _ envelope: PushEnvelope, _ notice: ExpiryNotice) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
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
        _ notice: ExpiryNotice
    ) async -> PushOutcome {
        let due = next.ends.first { $0 > look.now } ?? look.now
        let seconds = look.now.wholeSeconds(until: due.adding(seconds: cleaner.rules.graceSeconds))
        let need = NoticeNeed.waiting(retryAfterSeconds: max(1, seconds))
        guard !Task.isShuttingDownGracefully else { return .needed(need) }
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
        else { return await keep(need, envelope, notice) }
        return .notHandedOn(need, why: why)
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
