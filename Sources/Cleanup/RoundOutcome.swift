internal import ExpiryNotices
internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

extension PolicyRound {
    /// What a round has come to so far.
    struct Outcome: Sendable {
        /// Those who take part.
        var tickets: [Ticket]
        /// The answer to all of them; nil if the leader's time ran out before there was one.
        var answer: Result<Look, ResourceManagerError>?
        /// The writes that stand, in order.
        var writes: [PolicyWrite] = []
        /// The write whose reply was lost, if there is one.
        var unconfirmed: UnconfirmedWrite?
        /// Which roles are tried together, and which were refused.
        var parts: RoleParts
        /// The roles for which there were no more writes.
        var untried: Set<String> = []
        /// When the last read began, by the uptime.
        var readAt: Duration = .zero
        /// The uptime before which Google wants no further call.
        var quietUntil: Duration?
        /// What went wrong last, for the leader if its time runs out.
        var lastFailure = ResourceManagerError.outOfTime(last: "no time for a first try")
        /// The calls so far.
        var calls = (reads: 0, writes: 0)
        /// The write that IAM refused with 400, until a read shows whether the reason is still there.
        var invalid: (etag: String, detail: String)?
        /// The last read from which IAM accepted a write, and the roles that the write took away.
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

        /// A read may tell whether the write was applied whose reply was lost.
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

        /// IAM accepted the write of these roles, or a dry run did without it.
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

        /// Answers all: nothing can be done that has not been done.
        ///
        /// By the read that a write has proven current if it left nothing else either, since a later one may lag behind it.
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

        /// What asks for this round.
        var notices: [ExpiryNotice] { tickets.compactMap(\.request.notice) }

        /// The messages that cause what this round does.
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

        /// What it has come to, for the log.
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

    /// A policy as it was read, and what may go from it.
    struct Reading: Sendable {
        let policy: Policy
        let edit: PolicyEdit
        /// The earlier of our clock and Google's.
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
