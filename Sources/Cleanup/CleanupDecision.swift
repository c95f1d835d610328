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

    /// Decides what holds a notice that is still needed.
    ///
    /// - Parameters:
    ///   - notice: The notice read from a message.
    ///   - need: Why it is needed.
    ///   - rules: The operator's rules.
    ///   - hasQueue: Whether waiting notices become Cloud Tasks; those delivered by a task always do.
    ///   - isLastChance: Whether its sender is about to drop it.
    ///   - now: The current time on our clock.
    /// - Returns: What holds the notice.
    package static func keeper(
        of notice: ExpiryNotice,
        _ need: NoticeNeed,
        _ rules: CleanupRules,
        hasQueue: Bool,
        isLastChance: Bool,
        now: Instant
    ) -> NoticeKeeper {
        if case .waiting(_, _, let asOf) = need, notice.due.map({ $0 <= asOf }) ?? hasQueue {
            return .task(.next(notice, now: asOf, rules))
        }
        guard isLastChance else { return .sender }
        // A service that scales to zero may never see a refused notice twice, so it cannot always count how long.
        if case .failed(let failure) = need, failure.isPermanent, rules.isPastGivingUp(notice, at: now) {
            return .setAside(failure)
        }
        return notice.due == nil ? .topic : .task(.again(notice, now: now))
    }

    /// The earliest time of a remembered read that can answer for a notice: late enough that the notice is no longer
    /// young and every end that has passed is covered.
    package static func answersFrom(_ notice: ExpiryNotice, _ rules: CleanupRules, now: Instant) -> Instant {
        let passed = notice.instants(graceSeconds: rules.graceSeconds).last { $0 <= now }
        return max(notice.youngUntil, passed ?? notice.youngUntil)
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
