internal import ExpiryNotices
internal import IAMPolicy
internal import Timestamps

/// A write whose reply was lost: only a later read, or a later write, can tell whether it was applied.
struct UnconfirmedWrite: Sendable {
    let removed: [ExpiredBinding]
    let etagBefore: String
    /// When the policy was read that the write was computed from.
    let now: Instant
    /// What asked for it.
    let notices: [ExpiryNotice]

    /// Whether a read shows that the write, or one to the same effect, was applied.
    ///
    /// - Parameters:
    ///   - policy: The policy as it was read.
    ///   - readAt: When.
    ///   - isCurrent: Whether IAM has accepted a write that was computed from this read.
    ///   - rules: What the operator decided.
    ///   - others: Further notices of this resource.
    /// - Returns: Whether that is known; if not, it may still be.
    func isApplied(
        _ policy: Policy,
        readAt: Instant,
        isCurrent: Bool,
        _ rules: CleanupRules,
        others: [ExpiryNotice]
    ) -> Bool {
        guard policy.etag != etagBefore, isCurrent || !mayBeYounger(than: readAt, others) else { return false }
        // As of the time of the write: our clock may have been set back since.
        let roles = Set(removed.map(\.role))
        return !rules.edit(policy, now: now).expired.contains { roles.contains($0.role) }
    }

    /// Whether a read may show a policy from before one of the bindings.
    private func mayBeYounger(than readAt: Instant, _ others: [ExpiryNotice]) -> Bool {
        if notices.contains(where: { readAt < $0.youngUntil }) { return true }
        return removed.contains { binding in
            // A notice is younger than its binding. Without one, the binding may have been written just before the
            // write's own read; for a sweep, which brings no notices, its end stands in for that.
            let youngUntil =
                (notices + others).filter { $0.announces(binding) }.map(\.youngUntil).min()
                ?? (notices.isEmpty ? binding.period.death : now).adding(seconds: ExpiryNotice.youthSeconds)
            return readAt < youngUntil
        }
    }
}

extension ExpiryNotice {
    /// Whether the notice names one of the binding's members with its role and end.
    fileprivate func announces(_ binding: ExpiredBinding) -> Bool {
        ends.contains(binding.period.death) && concerns(role: binding.role, members: binding.members)
    }

    /// Whether the notice names one of these members with the role.
    package func concerns(role: String, members: [String]) -> Bool {
        grants.contains { grant in
            grant.role == role && members.contains { Member($0).isSame(as: Member(grant.member)) }
        }
    }
}
