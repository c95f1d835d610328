package import ExpiryNotices
package import GoogleCloud
internal import Synchronization
package import Timestamps

/// Looks at policies for notices, and gives up what was refused for too long.
package final class NoticeCleaner: Sendable {
    /// How long before a notice is given up this process must have refused it for the same reason.
    static let givingUpTime: Duration = .seconds(600)
    /// How long a refusal is remembered after the last one.
    static let refusalLifetime: Duration = .seconds(7200)
    /// The longest retention of a Pub/Sub subscription (https://docs.cloud.google.com/pubsub/docs/subscription-properties).
    private static let reportLifetime: Duration = .seconds(31 * 86_400)
    /// The most notices of which something is remembered.
    static let maximumNotices = 10_000

    /// For what reason a notice was refused for good, and since when.
    private struct Refusal {
        let reason: String
        let since: Duration
    }

    /// What the operator decided.
    package let rules: CleanupRules
    private let committer: PolicyCommitter
    private let time: TimeSource
    private let refusals = Mutex(ExpiringCache<String, Refusal>(capacity: maximumNotices))
    /// What was reported, and is not reported again.
    private let reported = Mutex(ExpiringCache<String, Void>(capacity: maximumNotices))

    /// A cleaner that looks at policies through the given committer.
    package init(committer: PolicyCommitter, rules: CleanupRules, time: TimeSource) {
        self.committer = committer
        self.rules = rules
        self.time = time
    }

    /// Looks at a notice's policy.
    ///
    /// - Parameters:
    ///   - resource: Whose policy it is.
    ///   - notice: What a message said.
    ///   - now: When the look was decided on.
    ///   - timeout: How long an answer may take.
    ///   - onAddedDead: Told of an entry that adds what had ended, with the first look for it that succeeds.
    /// - Returns: What became of the notice.
    package func look(
        at resource: PolicyResource,
        for notice: ExpiryNotice,
        now: Instant,
        timeout: Duration,
        onAddedDead: () -> Void = {}
    ) async -> CleanupOutcome {
        let isPastGivingUp = rules.isPastGivingUp(notice, at: now)
        let request = LookRequest(
            notice: notice,
            answersFrom: CleanupDecision.answersFrom(notice, rules, now: now),
            // So what is given up was refused by a call of this delivery.
            needsFreshFailure: isPastGivingUp,
            deadline: time.uptime() + timeout
        )
        let result = await committer.look(at: resource, request)
        if case .success = result, let audit = notice.audit, !audit.deadTitles.isEmpty, isFirst(audit.entryID) {
            onAddedDead()
        }
        let outcome = CleanupDecision.outcome(of: result, for: notice, rules, now: time.now())
        switch outcome {
        case .needed(.failed(let failure)):
            let isLongRefused = isLongRefused(notice, failure)
            return isLongRefused && isPastGivingUp ? .givenUp(failure) : outcome
        case .done, .ended: forget(notice)
        case .needed, .ignored, .givenUp, .unusable, .interrupted: break
        }
        return outcome
    }

    /// Whether nothing was reported under a key yet; from now on it was, for as long as Pub/Sub may deliver a message.
    package func isFirst(_ key: String) -> Bool {
        let uptime = time.uptime()
        return reported.withLock { reported in
            guard reported.value(of: key, at: uptime) == nil else { return false }
            reported.note((), of: key, until: uptime + Self.reportLifetime, at: uptime)
            return true
        }
    }

    /// Forgets that a notice was refused, since it was answered for the last time.
    package func forget(_ notice: ExpiryNotice) {
        refusals.withLock { $0.forget(notice.messageID) }
    }

    /// Notes a refusal; true if this process has refused the notice for the same reason before, long enough ago for a
    /// permission that was granted meanwhile to have reached all of IAM.
    private func isLongRefused(_ notice: ExpiryNotice, _ failure: ResourceManagerError) -> Bool {
        guard failure.isPermanent, !notice.messageID.isEmpty else { return false }
        let uptime = time.uptime()
        return refusals.withLock { refusals in
            let before = refusals.value(of: notice.messageID, at: uptime)
            let refusal =
                before.flatMap { $0.reason == failure.reason ? $0 : nil }
                ?? Refusal(reason: failure.reason, since: uptime)
            refusals.note(refusal, of: notice.messageID, until: uptime + Self.refusalLifetime, at: uptime)
            return uptime - refusal.since >= Self.givingUpTime
        }
    }
}
