package import ExpiryNotices
package import GoogleCloud
internal import IAMPolicy
package import Timestamps

/// Decides what to do for a notice: a pure function of the notice, the operator's rules, the clocks and, once it is
/// done, the look at the policy.
package enum CleanupDecision {
    /// The first step for a notice.
    package enum First: Sendable {
        /// An end has passed by our clock: look at the policy.
        case look(PolicyResource)
        /// The outcome is known without a look.
        case outcome(CleanupOutcome)
    }

    /// Decides whether to look at the policy.
    ///
    /// - Parameters:
    ///   - notice: The notice read from a message.
    ///   - rules: The operator's rules.
    ///   - now: The current time on our clock.
    /// - Returns: A look, or the notice's outcome without one.
    package static func first(_ notice: ExpiryNotice, _ rules: CleanupRules, now: Instant) -> First {
        let resource: PolicyResource
        switch rules.resource(named: notice.resource) {
        case .success(let allowed): resource = allowed
        // An organization-level log sink delivers entries for all of its resources.
        case .failure where notice.audit != nil: return .outcome(.ignored(.resourceNotAllowed))
        case .failure(let why): return .outcome(.unusable(why))
        }
        let due = notice.firstLook(graceSeconds: rules.graceSeconds)
        guard due <= now else {
            return .outcome(.needed(.waiting(retryAfterSeconds: now.wholeSeconds(until: due), asOf: now)))
        }
        return .look(resource)
    }

    /// Decides a notice's outcome from the look at its policy.
    ///
    /// - Parameters:
    ///   - result: The look, or why it failed.
    ///   - notice: The notice read from a message.
    ///   - rules: The operator's rules.
    ///   - now: The time on our clock after the look.
    /// - Returns: The notice's outcome.
    package static func outcome(
        of result: Result<Look, ResourceManagerError>,
        for notice: ExpiryNotice,
        _ rules: CleanupRules,
        now: Instant
    ) -> CleanupOutcome {
        let look: Look
        switch result {
        case .failure(.cancelled): return .interrupted
        case .failure(let failure): return .needed(.failed(failure))
        case .success(let seen): look = seen
        }
        if notice.audit?.lacksDelta == true, let next = look.successor(of: notice) { return .ended(look, then: next) }
        if let refused = look.refused.first(where: notice.mayMean) {
            return .needed(.failed(refused.failure.naming(role: refused.binding.role)))
        }
        if look.untried.contains(where: { notice.mayMean(role: $0.role, members: $0.members) }) {
            let last = "\(RoleParts.maximumFurtherWrites) further writes did not suffice for all roles"
            return .needed(.failed(.outOfTime(last: last)))
        }
        let instants = notice.instants(graceSeconds: rules.graceSeconds)
        // Checked before pending ends: a notice waiting only for those would not look again for an end that has passed.
        if look.isYoung(for: notice), instants[0] <= look.now {
            return .needed(.young(retryAfterSeconds: max(1, look.now.wholeSeconds(until: notice.youngUntil))))
        }
        if let toCome = instants.first(where: { $0 > look.now }) {
            let isAhead = toCome <= now
            return .needed(
                .waiting(
                    retryAfterSeconds: max(1, look.now.wholeSeconds(until: toCome)),
                    clockAheadSeconds: isAhead ? look.now.wholeSeconds(until: now) : nil,
                    asOf: look.now
                )
            )
        }
        return .done(look)
    }

    /// The earliest time of a remembered read that can answer for a notice: late enough that the notice is no longer
    /// young and every end that has passed is covered.
    package static func answersFrom(_ notice: ExpiryNotice, _ rules: CleanupRules, now: Instant) -> Instant {
        let passed = notice.instants(graceSeconds: max(0, rules.graceSeconds)).last { $0 <= now }
        return max(notice.youngUntil, passed ?? notice.youngUntil)
    }
}

/// The outcome for one notice.
package enum CleanupOutcome: Sendable {
    /// Its last end has passed, and none of its removable bindings is left in the policy.
    case done(Look)
    /// The notice itself is done, but the policy showed pending ends that no other notice announces.
    case ended(Look, then: ExpiryNotice)
    /// It is still needed.
    case needed(NoticeNeed)
    /// It requires no action.
    case ignored(IgnoredMessage)
    /// The look kept failing until long after the last end, so it is not retried.
    case givenUp(ResourceManagerError)
    /// It can never be acted on.
    case unusable(UnusableNotice)
    /// The service is shutting down, or the caller was cancelled.
    case interrupted
}

/// Why a notice is still needed.
package enum NoticeNeed: Sendable {
    /// An end has not passed as of `asOf`; `clockAheadSeconds` is how far our clock is ahead of Google's, if that
    /// decided.
    case waiting(retryAfterSeconds: Int64, clockAheadSeconds: Int64? = nil, asOf: Instant)
    /// Its end has passed, but the read may predate its binding.
    case young(retryAfterSeconds: Int64)
    /// The look failed, or one of its bindings could not be removed.
    case failed(ResourceManagerError)
}

extension NoticeNeed {
    /// The same need with its delay capped: Cloud Tasks deletes a task after 31 days, whatever its delay.
    package func retried(within seconds: Int64) -> NoticeNeed {
        switch self {
        case .waiting(let wait, let ahead, let now):
            .waiting(retryAfterSeconds: min(wait, seconds), clockAheadSeconds: ahead, asOf: now)
        case .young(let wait): .young(retryAfterSeconds: min(wait, seconds))
        case .failed(.rateLimited(let wait?, let detail)):
            .failed(.rateLimited(retryAfterSeconds: min(wait, seconds), detail: detail))
        case .failed: self
        }
    }
}

/// Why a readable notice can never be acted on.
package enum UnusableNotice: String, Error {
    /// Its project ID is not valid on Google Cloud.
    case impossibleProject = "impossible-project"
    /// It names no project, folder or organization.
    case impossibleResource = "impossible-resource"
    /// Its project is not in `ALLOWED_PROJECTS`.
    case projectNotAllowed = "project-not-allowed"
    /// Its kind of resource is not in `CLEANUP_RESOURCES`.
    case resourceNotAllowed = "resource-not-allowed"
}

extension UnusableNotice {
    /// The specific problem with a resource; may contain untrusted text.
    package func detail(_ resource: String) -> String {
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        guard self == .impossibleProject, parts.count == 2, Int64(parts[1]) != nil else { return resource }
        return "\(resource) is a project number; messages must name projects by their IDs"
    }
}

extension ExpiryNotice {
    /// Whether a binding may be one of the notice's: it matches, or the notice does not name all of its grants.
    fileprivate func mayMean(role: String, members: [String]) -> Bool {
        !hasAllGrants || concerns(role: role, members: members)
    }

    /// Whether a binding that Google refused to remove may be one of the notice's.
    func mayMean(_ refused: Look.Refused) -> Bool {
        mayMean(role: refused.binding.role, members: refused.binding.members)
    }
}

extension Look {
    /// Whether the read may predate the notice's bindings.
    fileprivate func isYoung(for notice: ExpiryNotice) -> Bool { !isCurrent && now < notice.youngUntil }

    /// Our own notice replacing one that names no ends: for the pending ends in the policy, and for expired bindings
    /// that could not be removed; nil if no ends are pending, or if the read may be too old to tell.
    fileprivate func successor(of notice: ExpiryNotice) -> ExpiryNotice? {
        let later = kept.filter { $0.state.period != nil }
        guard !isYoung(for: notice), !later.isEmpty else { return nil }
        let stuck = refused.map(\.binding) + untried
        var successor = notice
        let deaths = later.compactMap(\.state.period?.death) + stuck.map(\.period.death)
        successor.ends = Set(deaths).sorted()
        successor.grants = (later.map { ($0.role, $0.members) } + stuck.map { ($0.role, $0.members) })
            .flatMap { role, members in members.map { ExpiryNotice.Grant(role: role, member: $0) } }
        successor.hasAllGrants = true
        successor.audit = nil
        return successor
    }
}

extension ResourceManagerError {
    /// The failure, with the role it concerns prefixed to its detail.
    fileprivate func naming(role: String) -> ResourceManagerError {
        switch self {
        case .permissionDenied(let detail, let isWhole):
            .permissionDenied(detail: "\(role): \(detail)", isWhole: isWhole)
        case .invalidArgument(let detail): .invalidArgument(detail: "\(role): \(detail)")
        default: self
        }
    }
}
