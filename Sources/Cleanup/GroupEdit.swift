internal import IAMPolicy
internal import Timestamps

/// The edit of one policy for a group of callers: what goes, and what each caller is to be told.
///
/// A pure function of the policy, the callers and the time.
struct GroupEdit: Sendable {
    let edit: PolicyEdit
    /// When the edit is computed for: the earlier of our clock and Google's.
    let now: Instant
    /// Those whose activation has ended by then.
    let ended: [Ticket]
    /// What those are told once the edit stands, by ticket.
    let reports: [Int: CommitReport]
    /// Those whose activation has not ended.
    let notEnded: [Ticket]

    init(_ policy: Policy, _ tickets: [Ticket], now: Instant, rules: CleanupRules) {
        self.now = now
        ended = tickets.filter { $0.request.end.adding(seconds: rules.graceSeconds) <= now }
        notEnded = tickets.filter { $0.request.end.adding(seconds: rules.graceSeconds) > now }
        // A replay brings the same wish many times, and for a whole project there is only one.
        var places: [Removal: Int] = [:]
        var removals: [Removal] = []
        for ticket in ended where places[ticket.request.removal] == nil {
            places[ticket.request.removal] = removals.count
            removals.append(ticket.request.removal)
        }
        edit = policy.edit(removals, now: now, graceSeconds: rules.graceSeconds)
        var reports: [Int: CommitReport] = [:]
        for ticket in ended {
            guard let place = places[ticket.request.removal] else { continue }
            let outcome = edit.outcomes[place]
            reports[ticket.id] = CommitReport(
                removed: outcome.removed,
                remaining: outcome.remaining + edit.notUnderstood
            )
        }
        self.reports = reports
    }

    /// Those for whom something goes.
    var contributors: [Ticket] { ended.filter { !(reports[$0.id]?.removed ?? []).isEmpty } }

    /// The contributors in two groups, for when IAM refuses what they want together: one bad edit shall fail alone.
    ///
    /// - Returns: Nil if all of them want the same, so that there is nothing to take apart.
    var halves: [[Ticket]]? {
        var byRemoval: [Removal: [Ticket]] = [:]
        for ticket in contributors { byRemoval[ticket.request.removal, default: []].append(ticket) }
        guard byRemoval.count > 1 else { return nil }
        // By arrival, so that the result does not depend on hash values.
        let wishes = byRemoval.values.sorted { $0[0].id < $1[0].id }
        let middle = wishes.count / 2
        return [wishes[..<middle], wishes[middle...]].map { $0.flatMap { $0 } }
    }
}

/// A write whose reply was lost: only a later read can tell whether it was applied.
struct UnconfirmedWrite: Sendable {
    private let group: GroupEdit

    init(_ group: GroupEdit) {
        self.group = group
    }

    var removed: [RemovedBinding] { group.edit.removed }
    var causes: [String] { group.contributors.compactMap(\.request.cause) }
    var etagBefore: String { group.edit.etagBefore }

    /// What of it was a caller's own.
    func removed(for ticket: Ticket) -> [RemovedBinding] { group.reports[ticket.id]?.removed ?? [] }

    /// What a later read says about it.
    enum Fate {
        /// The policy is as it was before the write, which may still be on its way.
        case open
        /// What it was to remove is gone.
        case applied
        /// Another write came first, and this one can never be applied any more.
        case lost
    }

    func fate(_ policy: Policy, graceSeconds: Int64) -> Fate {
        if policy.etag == etagBefore { return .open }
        // As of the time of the write: our clock may have been set back since.
        let removals = Set(group.ended.map(\.request.removal))
        let again = policy.edit(Array(removals), now: group.now, graceSeconds: graceSeconds)
        return again.removed.isEmpty ? .applied : .lost
    }
}
