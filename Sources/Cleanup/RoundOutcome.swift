internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

extension PolicyTransaction {
    /// What a transaction has come to so far.
    struct Outcome: Sendable {
        /// Those who have no answer yet; usually one group, several once IAM has refused what they wanted together.
        var groups: [[Ticket]]
        /// Answers by ticket; none for those whom the leader's deadline left behind.
        var results: [Int: CommitResult] = [:]
        /// The writes that stand, in order.
        var writes: [PolicyWrite] = []
        /// The write whose reply was lost, if there is one.
        var unconfirmed: UnconfirmedWrite?
        /// The policy as it was left.
        var observation: ProjectMemory.Observation?
        /// Why everybody failed, if so.
        var failure: CommitFailure?
        /// The uptime before which Google wants no further call.
        var quietUntil: Duration?
        /// The policy that IAM did not want without what was to go, and what it said.
        var refusal: (etag: String, detail: String)?
        /// Whether groups were taken apart.
        var isSplit = false
        var lastProblem = "no time for a first try"
        /// The calls so far.
        var calls = (reads: 0, writes: 0)

        private let project: ProjectID
        private let isDryRun: Bool
        /// What was removed for callers by writes that a later read confirmed.
        private var removedEarlier: [Int: [RemovedBinding]] = [:]

        init(leader: Ticket, unconfirmed: UnconfirmedWrite?, project: ProjectID, isDryRun: Bool) {
            groups = [[leader]]
            self.unconfirmed = unconfirmed
            self.project = project
            self.isDryRun = isDryRun
        }

        /// Answers all who have no answer yet.
        mutating func failEverybody(_ failure: CommitFailure) {
            for ticket in groups.joined() { results[ticket.id] = .failed(failure) }
            groups = []
            self.failure = failure
        }

        /// Finds out by a read whether the write was applied whose reply was lost.
        mutating func resolveUnconfirmed(_ policy: Policy, graceSeconds: Int64, at now: Instant) {
            guard let write = unconfirmed else { return }
            switch write.fate(policy, graceSeconds: graceSeconds) {
            case .open: return
            case .lost: break
            case .applied:
                for ticket in groups.joined() { removedEarlier[ticket.id, default: []] += write.removed(for: ticket) }
                writes.append(
                    PolicyWrite(
                        project: project,
                        removed: write.removed,
                        causes: write.causes,
                        etagBefore: write.etagBefore,
                        etagAfter: nil,
                        time: now,
                        isDryRun: false
                    )
                )
            }
            unconfirmed = nil
        }

        /// Answers the first group: its edit was written, or there was nothing to write.
        mutating func settle(_ group: GroupEdit, etagAfter: String?, at now: Instant, readAt uptime: Duration) {
            answer(group, where: { _ in true })
            groups.removeFirst()
            refusal = nil
            if !group.edit.removed.isEmpty {
                writes.append(
                    PolicyWrite(
                        project: project,
                        removed: group.edit.removed,
                        causes: group.ended.compactMap(\.request.cause),
                        etagBefore: group.edit.etagBefore,
                        etagAfter: etagAfter,
                        time: now,
                        isDryRun: isDryRun
                    )
                )
                // It stands, so another write from the same read cannot any more.
                if !isDryRun { unconfirmed = nil }
            }
            let isAsComputed = group.edit.removed.isEmpty || !isDryRun
            observation =
                isAsComputed
                ? group.edit.remainder.map { ProjectMemory.Observation(remainder: $0, now: group.now, uptime: uptime) }
                : nil
        }

        /// IAM refuses the first group's edit: if it consists of several, each part is tried by itself.
        mutating func settleRefused(_ group: GroupEdit, _ detail: String) {
            let contributors = Set(group.contributors.map(\.id))
            answer(group, where: { !contributors.contains($0.id) })
            refusal = nil
            if let halves = group.halves {
                isSplit = true
                groups.replaceSubrange(0..<1, with: halves)
            } else {
                for id in contributors { results[id] = .failed(.refused(detail)) }
                groups.removeFirst()
            }
        }

        /// What it has come to, for the log.
        func summary(duration: Duration) -> TransactionSummary {
            TransactionSummary(
                project: project,
                activations: results.count,
                reads: calls.reads,
                writes: calls.writes,
                removed: writes.reduce(0) { $0 + $1.removed.count },
                duration: duration
            )
        }

        private mutating func answer(_ group: GroupEdit, where isMeant: (Ticket) -> Bool) {
            for ticket in group.notEnded { results[ticket.id] = .notEnded(now: group.now) }
            for ticket in group.ended where isMeant(ticket) {
                guard let report = group.reports[ticket.id] else { continue }
                let removed = removedEarlier[ticket.id, default: []] + report.removed
                results[ticket.id] = .done(CommitReport(removed: removed, remaining: report.remaining))
            }
        }
    }
}
