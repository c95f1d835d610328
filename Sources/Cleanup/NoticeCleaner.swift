package import ExpiryNotices
package import GoogleCloud
internal import Synchronization
package import Timestamps

/// Looks at policies on behalf of notices, and gives up on those refused for too long.
package final class NoticeCleaner: Sendable {
    /// How long this process must have seen the same refusal before giving a notice up.
    static let givingUpTime: Duration = .seconds(600)
    /// How long a refusal is remembered after it was last seen.
    static let refusalLifetime: Duration = .seconds(7200)
    /// The maximum retention of a Pub/Sub subscription
    /// (https://docs.cloud.google.com/pubsub/docs/subscription-properties).
    private static let reportLifetime: Duration = .seconds(31 * 86_400)
    /// The maximum number of notices remembered.
    static let maximumNotices = 10_000

    /// Why a notice was permanently refused, and since when.
    private struct Refusal {
        let reason: String
        let since: Duration
    }

    /// The operator's rules.
    package let rules: CleanupRules
    private let committer: PolicyCommitter
    private let time: TimeSource
    private let refusals = Mutex(ExpiringCache<String, Refusal>(capacity: maximumNotices))
    /// Keys already reported, so they are not reported again.
    private let reported = Mutex(ExpiringCache<String, Void>(capacity: maximumNotices))

    /// Creates a cleaner that uses the given committer.
    package init(committer: PolicyCommitter, rules: CleanupRules, time: TimeSource) {
        self.committer = committer
        self.rules = rules
        self.time = time
    }

    /// Looks at a notice's policy, which removes the expired bindings in scope.
    ///
    /// - Parameters:
    ///   - resource: The resource whose policy to look at.
    ///   - notice: The notice to look for.
    ///   - now: The time of the decision to look.
    ///   - timeout: The time limit for the look.
    ///   - onAddedDead: Called after the first successful look for an audit entry that added already expired bindings.
    /// - Returns: The notice's outcome.
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
            // Ensures that a notice is given up only on a refusal from this delivery.
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

    /// Whether a key is seen for the first time; marks it as seen for as long as Pub/Sub may deliver a message.
    package func isFirst(_ key: String) -> Bool {
        let uptime = time.uptime()
        return reported.withLock { reported in
            guard reported.value(of: key, at: uptime) == nil else { return false }
            reported.note((), of: key, until: uptime + Self.reportLifetime, at: uptime)
            return true
        }
    }

    /// Forgets a notice's refusals once it has had its final answer.
    package func forget(_ notice: ExpiryNotice) {
        refusals.withLock { $0.forget(notice.messageID) }
    }

    /// Records a refusal; true if this process first refused the notice for the same reason long enough ago for a
    /// permission granted since to have propagated through IAM.
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
