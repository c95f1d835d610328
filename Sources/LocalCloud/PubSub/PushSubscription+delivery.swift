internal import HTTPTransport
internal import Synchronization
internal import Timestamps

extension PushSubscription {
    /// Delivers a message until it is acknowledged, set back, expired or dead-lettered.
    func deliver(_ pursuit: Pursuit) async {
        var wait = settings.retryPolicy.minimum
        while await passBackoff(), await slots.enter() {
            let attempt = begin(pursuit)
            if let attempt { await push(attempt, pursuit) }
            slots.leave()
            guard let attempt, !pursuit.isDuplicate, isOpen(pursuit, after: attempt) else { return }
            do {
                try await sender.time.sleep(wait)
            } catch {
                return
            }
            wait = min(wait * 2, settings.retryPolicy.maximum)
        }
    }

    private func passBackoff() async -> Bool {
        guard settings.appliesPushBackoff else { return true }
        return await pace.pass(sender.time) { state.withLock { $0.backoff.pause(at: sender.time.uptime()) } }
    }

    private struct Attempt {
        let number: Int
        let message: PubSubMessage
        let url: String
        let authentication: SubscriptionSettings.Authentication
    }

    /// What to push now; nil if there is nothing left to do.
    private func begin(_ pursuit: Pursuit) -> Attempt? {
        let now = sender.time.now()
        let retention = settings.retentionSeconds
        let (attempt, expired) = state.withLock { state -> (Attempt?, Entry?) in
            guard var entry = state.entries[pursuit.messageID], Self.concerns(pursuit, entry) else { return (nil, nil) }
            guard entry.message.publishTime.adding(seconds: retention) > now else {
                state.entries[pursuit.messageID] = nil
                return (nil, entry)
            }
            entry.attempts += 1
            state.entries[pursuit.messageID] = entry
            let attempt = Attempt(
                number: entry.attempts,
                message: entry.message,
                url: state.pushEndpoint,
                authentication: state.authentication
            )
            return (attempt, nil)
        }
        if let expired { record(expired.message.id, expired.attempts, now, .zero, .expired) }
        return attempt
    }

    private func push(_ attempt: Attempt, _ pursuit: Pursuit) async {
        let start = sender.time.now()
        let uptime = sender.time.uptime()
        let number = settings.deadLetterPolicy == nil ? nil : attempt.number
        let body = attempt.message.envelope(subscription: settings.name, deliveryAttempt: number)
        let (outcome, _) = await sender.push(
            body,
            to: attempt.url,
            attempt.authentication,
            deadline: settings.ackDeadline
        )
        // What was interrupted by the end of this cloud did not happen.
        if outcome == .failed(.cancelled), Task.isCancelled { return }
        conclude(attempt, pursuit, outcome, at: start, elapsed: sender.time.uptime() - uptime)
    }

    private func conclude(
        _ attempt: Attempt,
        _ pursuit: Pursuit,
        _ outcome: DeliveryRecord.Outcome,
        at start: Instant,
        elapsed: Duration
    ) {
        let id = attempt.message.id
        let isAcknowledged = isAcknowledging(outcome)
        let isDead = settings.deadLetterPolicy.map { attempt.number >= $0.maximumAttempts } ?? false
        let diesNow = state.withLock { state in
            if !isAcknowledged { state.backoff.refuse(at: sender.time.uptime()) }
            guard var entry = state.entries[id], Self.concerns(pursuit, entry) else { return false }
            if isAcknowledged {
                entry.isAcknowledged = true
                state.entries[id] = settings.retainsAcknowledged ? entry : nil
                return false
            }
            guard isDead, !pursuit.isDuplicate else { return false }
            state.entries[id] = nil
            return true
        }
        record(id, attempt.number, start, elapsed, outcome)
        if diesNow, let policy = settings.deadLetterPolicy {
            deadLetter(policy.topic, deadLetter(attempt.message, attempts: attempt.number))
            record(id, attempt.number, sender.time.now(), .zero, .deadLettered)
        }
    }

    private func isOpen(_ pursuit: Pursuit, after attempt: Attempt) -> Bool {
        state.withLock { $0.entries[pursuit.messageID].map { Self.concerns(pursuit, $0) } ?? false }
    }

    private static func concerns(_ pursuit: Pursuit, _ entry: Entry) -> Bool {
        pursuit.isDuplicate || (!entry.isAcknowledged && entry.generation == pursuit.generation)
    }

    private func isAcknowledging(_ outcome: DeliveryRecord.Outcome) -> Bool {
        if case .status(let status) = outcome { DeliveryRecord.acknowledgingStatuses.contains(status) } else { false }
    }

    private func record(
        _ id: String,
        _ attempt: Int,
        _ time: Instant,
        _ elapsed: Duration,
        _ outcome: DeliveryRecord.Outcome
    ) {
        log.add(
            DeliveryRecord(
                subscription: settings.name,
                messageID: id,
                attempt: attempt,
                time: time,
                elapsed: elapsed,
                outcome: outcome
            )
        )
    }

    /// The message with the attributes that the real service adds
    /// (https://cloud.google.com/pubsub/docs/dead-letter-topics).
    private func deadLetter(_ message: PubSubMessage, attempts: Int) -> OutgoingMessage {
        let parts = settings.name.split(separator: "/")
        var content = message.content
        content.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = String(attempts)
        content.attributes["CloudPubSubDeadLetterSourceSubscription"] = parts.last.map { String($0) } ?? settings.name
        content.attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] = parts.dropFirst().first.map {
            String($0)
        }
        content.attributes["CloudPubSubDeadLetterSourceTopicPublishTime"] = message.publishTime.description
        return content
    }
}
