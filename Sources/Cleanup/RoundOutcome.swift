internal import ExpiryNotices
internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

extension PolicyRound {
    /// The state of a round, and its result once it has an answer.
    struct Outcome: Sendable {
        /// The callers that share the round.
        var tickets: [Ticket]
        /// The answer to all callers; nil if the leader's time ran out first.
        var answer: Result<Look, ResourceManagerError>?
        /// The confirmed writes, in order.
        var writes: [PolicyWrite] = []
        /// The write whose response was lost, if any.
        var unconfirmed: UnconfirmedWrite?
        /// How the roles are split, and which were refused.
        var parts: RoleParts
        /// The roles left over at the write limit.
        var untried: Set<String> = []
        /// The uptime at which the last read began.
        var readAt: Duration = .zero
        /// The uptime before which Google asked for no further call.
        var quietUntil: Duration?
        /// The last failure, which the leader gets if its time runs out.
        var lastFailure = ResourceManagerError.outOfTime(last: "no time for a first try")
        /// The number of calls so far.
        var calls = (reads: 0, writes: 0)
        /// The write IAM refused with 400, kept until a read shows whether the policy has changed since.
        var invalid: (etag: String, detail: String)?
        /// The last read whose write IAM accepted, and the roles that write removed.
        private var proven: (read: Reading, gone: Set<String>)?
        private let resource: PolicyResource
        private let rules: CleanupRules

        init(
            _ tickets: [Ticket],
            unconfirmed: UnconfirmedWrite?,
            parts: RoleParts,
            resource: PolicyResource,
            rules: CleanupRules
        ) {
            self.tickets = tickets
            self.unconfirmed = unconfirmed
            self.parts = parts
            self.resource = resource
            self.rules = rules
        }

        mutating func fail(_ failure: ResourceManagerError) { answer = .failure(failure) }

        /// Checks whether a policy shows that the unconfirmed write was applied.
        mutating func resolveUnconfirmed(_ policy: Policy, readAt: Instant, isCurrent: Bool = false, at time: Instant) {
            guard let write = unconfirmed else { return }
            let isApplied = write.isApplied(
                policy,
                readAt: readAt,
                isCurrent: isCurrent,
                rules,
                others: notices
            )
            if isApplied {
                note(
                    write.removed,
                    write.notices.map(\.messageID),
                    etagBefore: write.etagBefore,
                    etagAfter: nil,
                    at: time
                )
            } else if !isCurrent {
                return
            }
            unconfirmed = nil
        }

        /// Records that IAM accepted the write of these roles, or that a dry run skipped it.
        mutating func accept(
            _ roles: Set<String>,
            _ read: Reading,
            etagAfter: String?,
            at time: Instant
        ) {
            if !rules.isDryRun {
                resolveUnconfirmed(read.policy, readAt: read.now, isCurrent: true, at: time)
                proven = (read, roles)
            }
            let gone = read.edit.expired.filter { roles.contains($0.role) }
            note(gone, causes, etagBefore: read.edit.etagBefore, etagAfter: etagAfter, at: time)
            parts.accept()
            if parts.open(read.roles.subtracting(roles)).isEmpty { settle(read, without: roles) }
        }

        /// Answers all callers: there is nothing left to try.
        ///
        /// Uses the read that a write has proven current, if that one left nothing else to do either, since a later
        /// read may lag behind it.
        mutating func settle(_ read: Reading, without roles: Set<String> = []) {
            func stays(_ role: String) -> Bool { parts.refusal(of: role) != nil || untried.contains(role) }
            var (read, gone, isCurrent) = (read, roles, false)
            if let proven, proven.read.roles.subtracting(proven.gone).allSatisfy(stays) {
                (read, gone, isCurrent) = (proven.read, proven.gone, true)
            }
            var look = Look(now: read.now, isCurrent: isCurrent, removed: removed, kept: read.edit.kept)
            for binding in read.edit.expired where !gone.contains(binding.role) {
                if let failure = parts.refusal(of: binding.role) {
                    look.refused.append(Look.Refused(binding: binding, failure: failure))
                } else if untried.contains(binding.role) {
                    look.untried.append(binding)
                }
            }
            answer = .success(look)
        }

        /// What this round has removed so far.
        var removed: [ExpiredBinding] { writes.flatMap(\.removed) }

        /// The notices that triggered this round.
        var notices: [ExpiryNotice] { tickets.compactMap(\.request.notice) }

        /// The IDs of the Pub/Sub messages behind this round.
        var causes: [String] { notices.map(\.messageID) }

        private mutating func note(
            _ removed: [ExpiredBinding],
            _ causes: [String],
            etagBefore: String,
            etagAfter: String?,
            at time: Instant
        ) {
            writes.append(
                PolicyWrite(
                    resource: resource,
                    removed: removed,
                    causes: causes,
                    etagBefore: etagBefore,
                    etagAfter: etagAfter,
                    time: time,
                    isDryRun: rules.isDryRun
                )
            )
        }

        /// The round's summary for the log.
        func summary(duration: Duration) -> RoundSummary {
            RoundSummary(
                resource: resource,
                callers: answer == nil ? 0 : tickets.count,
                reads: calls.reads,
                writes: calls.writes,
                removed: writes.reduce(0) { $0 + $1.removed.count },
                refusals: parts.refusals,
                duration: duration
            )
        }
    }

    /// A policy as it was read, and the edit computed from it.
    struct Reading: Sendable {
        let policy: Policy
        let edit: PolicyEdit
        /// The earlier of our clock's time and Google's.
        let now: Instant
        /// The roles that have expired bindings.
        let roles: Set<String>

        init(_ policy: Policy, now: Instant, _ rules: CleanupRules) {
            self.policy = policy
            self.now = now
            edit = rules.edit(policy, now: now)
            roles = Set(edit.expired.map(\.role))
        }
    }
}
