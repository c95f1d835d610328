package import ExpiryNotices
internal import GoogleCloud
internal import Synchronization
package import Timestamps

/// Does what ``CleanupDecision`` says for a notice, and gives up what was refused for too long.
package final class NoticeCleaner: Sendable {
    /// How long before a notice is given up this process must have refused it for the same reason.
    static let givingUpTime: Duration = .seconds(600)
    /// How long a refusal is remembered after the last one.
    static let refusalLifetime: Duration = .seconds(7200)
    /// The most notices whose refusals are remembered.
    static let maximumRefusals = 10_000

    /// For what reason a notice was refused for good, and since when.
    private struct Refusal {
        let reason: String
        let since: Duration
    }

    private let committer: PolicyCommitter
    private let rules: CleanupRules
    private let time: TimeSource
    private let refusals = Mutex(ExpiringCache<String, Refusal>(capacity: maximumRefusals))

    /// A cleaner that looks at policies through the given committer.
    package init(committer: PolicyCommitter, rules: CleanupRules, time: TimeSource) {
        self.committer = committer
        self.rules = rules
        self.time = time
    }

    /// What becomes of a notice of which nothing has to be looked at yet; nil if its policy has to be.
    package func outcomeWithoutLook(_ notice: ExpiryNotice) -> CleanupOutcome? {
        if case .outcome(let outcome) = CleanupDecision.first(notice, rules, now: time.now()) { outcome } else { nil }
    }

    /// Looks at the notice's policy if one of its ends has passed.
    ///
    /// - Parameters:
    ///   - notice: What a message said.
    ///   - timeout: How long an answer may take.
    /// - Returns: What became of it.
    package func clean(_ notice: ExpiryNotice, timeout: Duration) async -> CleanupOutcome {
        let outcome = await decide(notice, timeout)
        switch outcome {
        case .failed(let failure, let isRemembered):
            return isGivenUp(notice, failure, isRemembered) ? .givenUp(failure) : outcome
        case .done, .unusable:
            refusals.withLock { $0.forget(notice.messageID) }
            return outcome
        case .waiting, .young, .givenUp, .interrupted: return outcome
        }
    }

    /// Whether a notice is so old that it is given up, or set aside, once it is refused for good.
    package func isPastGivingUp(_ notice: ExpiryNotice) -> Bool {
        notice.lastEnd.adding(seconds: rules.giveUpSeconds) <= time.now()
    }

    /// Forgets that a notice was refused, since it was answered for the last time.
    package func forget(_ notice: ExpiryNotice) {
        refusals.withLock { $0.forget(notice.messageID) }
    }

    private func decide(_ notice: ExpiryNotice, _ timeout: Duration) async -> CleanupOutcome {
        let now = time.now()
        switch CleanupDecision.first(notice, rules, now: now) {
        case .outcome(let outcome): return outcome
        case .look(let project):
            let request = LookRequest(
                notice: notice,
                answersFrom: CleanupDecision.answersFrom(notice, rules, now: now),
                needsFreshFailure: isPastGivingUp(notice),
                deadline: time.uptime() + timeout
            )
            let result = await committer.look(at: project, request)
            return CleanupDecision.outcome(of: result, for: notice, rules, now: time.now())
        }
    }

    /// Notes a refusal; true if a call failed now and this process has refused the notice for the same reason before,
    /// long enough ago for a permission that was granted meanwhile to have reached all of IAM.
    private func isGivenUp(_ notice: ExpiryNotice, _ failure: CommitFailure, _ isRemembered: Bool) -> Bool {
        guard failure.isPermanent, !notice.messageID.isEmpty else { return false }
        let uptime = time.uptime()
        return refusals.withLock { refusals in
            let before = refusals.value(of: notice.messageID, at: uptime)
            let refusal =
                before.flatMap { $0.reason == failure.reason ? $0 : nil }
                ?? Refusal(reason: failure.reason, since: uptime)
            refusals.note(refusal, of: notice.messageID, until: uptime + Self.refusalLifetime, at: uptime)
            return !isRemembered && isPastGivingUp(notice) && uptime - refusal.since >= Self.givingUpTime
        }
    }
}
