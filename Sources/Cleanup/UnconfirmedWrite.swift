internal import ExpiryNotices
internal import IAMPolicy
internal import Timestamps

/// A write whose response was lost: only a later read or write can tell whether it was applied.
struct UnconfirmedWrite: Sendable {
    let removed: [ExpiredBinding]
    let etagBefore: String
    /// The time of the read that the write was computed from.
    let now: Instant
    /// The notices that triggered it.
    let notices: [ExpiryNotice]

    /// Whether a read shows that the write, or one with the same effect, was applied.
    ///
    /// - Parameters:
    ///   - policy: The policy as it was read.
    ///   - readAt: The time of the read.
    ///   - isCurrent: Whether IAM has accepted a write computed from this read.
    ///   - rules: The operator's rules for removals.
    ///   - others: Further notices for this resource.
    /// - Returns: Whether it is known to be applied; if false, it may still have been.
    func isApplied(
        _ policy: Policy,
        readAt: Instant,
        isCurrent: Bool,
        _ rules: CleanupRules,
        others: [ExpiryNotice]
    ) -> Bool {
        guard policy.etag != etagBefore, isCurrent || !mayBeYounger(than: readAt, others) else { return false }
        // Judged at the time of the write, since our clock may have been set back.
        let roles = Set(removed.map(\.role))
        return !rules.edit(policy, now: now).expired.contains { roles.contains($0.role) }
    }

    /// Whether a read may predate one of the bindings.
    private func mayBeYounger(than readAt: Instant, _ others: [ExpiryNotice]) -> Bool {
        if notices.contains(where: { readAt < $0.youngUntil }) { return true }
        return removed.contains { binding in
            // A notice is younger than its binding. Without one, the binding may have been written just before the
            // write's own read; for a sweep, which has no notices, the binding's end is used instead.
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
