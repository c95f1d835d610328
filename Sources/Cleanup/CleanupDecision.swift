package import ExpiryNotices
package import GoogleCloud
internal import IAMPolicy
package import Timestamps

/// What is to be done for a notice: a pure function of the notice, the operator's rules and the clocks, and of the look
/// at the policy once there was one.
package enum CleanupDecision {
    /// What is to be done first.
    package enum First: Sendable {
        /// An end has passed by our clock: the project's policy is looked at.
        case look(ProjectID)
        /// All of it is done with, without a look.
        case outcome(CleanupOutcome)
    }

    /// Decides whether there is something to look at.
    ///
    /// - Parameters:
    ///   - notice: What a message announced.
    ///   - rules: What the operator decided.
    ///   - now: Our clock.
    /// - Returns: A look, or what becomes of the notice without one.
    package static func first(_ notice: ExpiryNotice, _ rules: CleanupRules, now: Instant) -> First {
        guard let project = ProjectID(notice.project) else { return .outcome(.unusable(.impossibleProject)) }
        guard rules.allowedProjects.allow(notice.project) else { return .outcome(.unusable(.projectNotAllowed)) }
        let due = notice.ends[0].adding(seconds: rules.graceSeconds)
        guard due <= now else { return .outcome(.waiting(retryAfterSeconds: now.wholeSeconds(until: due))) }
        return .look(project)
    }

    /// Decides what became of a notice by the look at its policy.
    ///
    /// - Parameters:
    ///   - result: The look, or why there was none.
    ///   - notice: What a message announced.
    ///   - rules: What the operator decided.
    ///   - now: Our clock, after the look.
    /// - Returns: What became of it.
    package static func outcome(
        of result: LookResult,
        for notice: ExpiryNotice,
        _ rules: CleanupRules,
        now: Instant
    ) -> CleanupOutcome {
        let look: Look
        switch result {
        case .failed(.cancelled, _): return .interrupted
        case .failed(let failure, let isRemembered): return .failed(failure, isRemembered: isRemembered)
        case .look(let seen): look = seen
        }
        let refused = look.refused.first(where: notice.mayMean)
        if let refused {
            let failure = refused.failure.naming(role: refused.binding.role)
            return .failed(failure, isRemembered: look.isRemembered)
        }
        if look.untried.contains(where: { notice.mayMean(role: $0.role, members: $0.members) }) {
            let last = "\(RoleParts.maximumFurtherWrites) further writes did not suffice for all roles"
            return .failed(.outOfTime(last: last), isRemembered: look.isRemembered)
        }
        let toCome = notice.ends.map { $0.adding(seconds: rules.graceSeconds) }.first { $0 > look.now }
        if let toCome {
            let isAhead = toCome <= now
            return .waiting(
                retryAfterSeconds: max(1, look.now.wholeSeconds(until: toCome)),
                clockAheadSeconds: isAhead ? look.now.wholeSeconds(until: now) : nil
            )
        }
        if !look.isCurrent, look.now < notice.youngUntil {
            return .young(retryAfterSeconds: max(1, look.now.wholeSeconds(until: notice.youngUntil)))
        }
        return .done(look)
    }

    /// The time from which a remembered read can answer for a notice: it is not young for it, and it has seen every end
    /// that has passed.
    package static func answersFrom(_ notice: ExpiryNotice, _ rules: CleanupRules, now: Instant) -> Instant {
        let passed = notice.ends.map { $0.adding(seconds: max(0, rules.graceSeconds)) }.last { $0 <= now }
        return max(notice.youngUntil, passed ?? notice.youngUntil)
    }
}

/// What became of one notice.
package enum CleanupOutcome: Sendable {
    /// Its last end has passed, and nothing of it that may go is left in the policy.
    case done(Look)
    /// An end of it has not passed; the second number is by how much our clock is ahead of Google's, where that decided.
    case waiting(retryAfterSeconds: Int64, clockAheadSeconds: Int64? = nil)
    /// It has passed, but the read may be older than its binding.
    case young(retryAfterSeconds: Int64)
    /// The look failed, or a binding of it stays; the second is whether no call was made now.
    case failed(CommitFailure, isRemembered: Bool)
    /// The look failed so late, and for so long, that no more is tried.
    case givenUp(CommitFailure)
    /// It can never be acted on.
    case unusable(UnusableNotice)
    /// The service is shutting down, or the caller has gone.
    case interrupted
}

/// Why a notice that could be read can still never be acted on.
package enum UnusableNotice: String, Sendable {
    /// Its project is none that Google Cloud could have.
    case impossibleProject = "impossible-project"
    /// Its project is not among `ALLOWED_PROJECTS`.
    case projectNotAllowed = "project-not-allowed"
}

extension ExpiryNotice {
    /// Whether a binding may be one of the notice's: it is, or the notice does not name all of its own.
    fileprivate func mayMean(role: String, members: [String]) -> Bool {
        !hasAllGrants || concerns(role: role, members: members)
    }

    /// Whether a binding that stays because of a refusal may be one of the notice's.
    func mayMean(_ refused: Look.Refused) -> Bool {
        mayMean(role: refused.binding.role, members: refused.binding.members)
    }
}

extension CommitFailure {
    /// The failure with the role that it is about in its detail.
    fileprivate func naming(role: String) -> CommitFailure {
        switch self {
        case .permissionDenied(let detail): .permissionDenied("\(role): \(detail)")
        case .refused(let detail): .refused("\(role): \(detail)")
        default: self
        }
    }
}
