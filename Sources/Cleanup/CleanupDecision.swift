package import ExpiryNotices
package import GoogleCloud
internal import IAMPolicy
package import Timestamps

/// What is to be done for a notice: a pure function of the notice, the operator's rules and the clocks, and of the look
/// at the policy once there was one.
package enum CleanupDecision {
    /// What is to be done first.
    package enum First: Sendable {
        /// An end has passed by our clock: the policy is looked at.
        case look(PolicyResource)
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
        let resource: PolicyResource
        switch rules.resource(named: notice.resource) {
        case .success(let allowed): resource = allowed
        // An organization's sink brings entries of all its resources, all day.
        case .failure where notice.audit != nil: return .outcome(.ignored(.resourceNotAllowed))
        case .failure(let why): return .outcome(.unusable(why))
        }
        let due = notice.firstLook(graceSeconds: rules.graceSeconds)
        guard due <= now else {
            return .outcome(.needed(.waiting(retryAfterSeconds: now.wholeSeconds(until: due), asOf: now)))
        }
        return .look(resource)
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
        // Before what is to come: a notice that waits for that only would not look again for an end that has passed.
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

    /// The time from which a remembered read can answer for a notice: it is not young for it, and it has seen every end
    /// that has passed.
    package static func answersFrom(_ notice: ExpiryNotice, _ rules: CleanupRules, now: Instant) -> Instant {
        let passed = notice.instants(graceSeconds: max(0, rules.graceSeconds)).last { $0 <= now }
        return max(notice.youngUntil, passed ?? notice.youngUntil)
    }
}

/// What became of one notice.
package enum CleanupOutcome: Sendable {
    /// Its last end has passed, and nothing of it that may go is left in the policy.
    case done(Look)
    /// It is done with as far as it goes, but the policy showed ends to come, which nothing else announces.
    case ended(Look, then: ExpiryNotice)
    /// It is still needed.
    case needed(NoticeNeed)
    /// There is nothing to do for it.
    case ignored(IgnoredMessage)
    /// The look failed so late, and for so long, that no more is tried.
    case givenUp(ResourceManagerError)
    /// It can never be acted on.
    case unusable(UnusableNotice)
    /// The service is shutting down, or the caller has gone.
    case interrupted
}

/// Why a notice is still needed.
package enum NoticeNeed: Sendable {
    /// An end of it has not passed by the last; the second number is by how much our clock is ahead of Google's, where
    /// that decided.
    case waiting(retryAfterSeconds: Int64, clockAheadSeconds: Int64? = nil, asOf: Instant)
    /// It has passed, but the read may be older than its binding.
    case young(retryAfterSeconds: Int64)
    /// Its policy could not be looked at, or a binding of it stays.
    case failed(ResourceManagerError)
}

extension NoticeNeed {
    /// The same need with its delay capped: Cloud Tasks deletes a task after 31 days, however long a delay it was given.
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

/// Why a notice that could be read can still never be acted on.
package enum UnusableNotice: String, Error {
    /// Its project is none that Google Cloud could have.
    case impossibleProject = "impossible-project"
    /// It names no project, folder or organization.
    case impossibleResource = "impossible-resource"
    /// Its project is not among `ALLOWED_PROJECTS`.
    case projectNotAllowed = "project-not-allowed"
    /// Its kind of resource is not among `CLEANUP_RESOURCES`.
    case resourceNotAllowed = "resource-not-allowed"
}

extension UnusableNotice {
    /// What is wrong in particular with a resource; may hold text of others.
    package func detail(_ resource: String) -> String {
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        guard self == .impossibleProject, parts.count == 2, Int64(parts[1]) != nil else { return resource }
        return "\(resource) is a project number; messages must name projects by their IDs"
    }
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

extension Look {
    /// Whether the read may be older than the notice's bindings.
    fileprivate func isYoung(for notice: ExpiryNotice) -> Bool { !isCurrent && now < notice.youngUntil }

    /// A notice of our own in the place of one that names no ends: for the ends to come that the policy showed, and for what
    /// should have gone and stays; nil if there are none to come, or if the read may be too old to tell.
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
    /// The failure with the role that it is about in its detail.
    fileprivate func naming(role: String) -> ResourceManagerError {
        switch self {
        case .permissionDenied(let detail, let isWhole):
            .permissionDenied(detail: "\(role): \(detail)", isWhole: isWhole)
        case .invalidArgument(let detail): .invalidArgument(detail: "\(role): \(detail)")
        default: self
        }
    }
}
