package import ExpiryNotices
package import GoogleCloud
package import IAMPolicy
package import Timestamps

/// One caller's request: a look at a resource's policy, which removes every expired binding in scope.
package struct LookRequest: Sendable {
    /// What asks for it; nil for a sweep.
    package var notice: ExpiryNotice?
    /// The time from which a remembered read can answer: the notice is not young for it, and it has seen all the ends
    /// that have passed.
    package var answersFrom: Instant
    /// Whether a failure that is remembered is no answer.
    package var needsFreshFailure: Bool
    /// The uptime by which the caller must have its answer.
    package var deadline: Duration

    /// A request from its parts.
    package init(
        notice: ExpiryNotice?,
        answersFrom: Instant = .distantPast,
        needsFreshFailure: Bool = false,
        deadline: Duration
    ) {
        self.notice = notice
        self.answersFrom = answersFrom
        self.needsFreshFailure = needsFreshFailure
        self.deadline = deadline
    }
}

/// What a round saw of a policy, and did: the same for all who share the round.
package struct Look: Sendable {
    /// An expired binding that stays, because Google refuses to let go of its role.
    package struct Refused: Sendable {
        package var binding: ExpiredBinding
        /// What Google said.
        package var failure: ResourceManagerError
    }

    /// When the policy was read: the earlier of our clock and Google's.
    package var now: Instant
    /// Whether IAM accepted a write that was computed from this read, which proves the read current.
    package var isCurrent: Bool
    /// What was removed, or would have been on a dry run.
    package var removed: [ExpiredBinding]
    /// The bindings in scope that have not expired.
    package var kept: [KeptBinding]
    /// The expired bindings that stay because of a refusal.
    package var refused: [Refused] = []
    /// The expired bindings for which this round had no more writes.
    package var untried: [ExpiredBinding] = []
    /// Whether all of it is known from a short while ago, and no call was made.
    package var isRemembered = false

    /// A look after which no expired binding stays.
    package init(now: Instant, isCurrent: Bool, removed: [ExpiredBinding] = [], kept: [KeptBinding] = []) {
        self.now = now
        self.isCurrent = isCurrent
        self.removed = removed
        self.kept = kept
    }
}

/// One policy write that took bindings away.
package struct PolicyWrite: Sendable {
    /// The resource whose policy it was.
    package var resource: PolicyResource
    /// Everything that was removed in this write.
    package var removed: [ExpiredBinding]
    /// The Pub/Sub message IDs that caused it; none for a sweep.
    package var causes: [String]
    /// The etag of the policy that the removal was computed from.
    package var etagBefore: String
    /// The etag that the write gave the policy; nil where only a later read confirmed the write.
    package var etagAfter: String?
    /// When the write was confirmed.
    package var time: Instant
    /// Whether nothing was written in truth.
    package var isDryRun: Bool
}

/// What one round of calls for a resource's policy came to.
package struct RoundSummary: Sendable {
    /// The resource whose policy it was.
    package var resource: PolicyResource
    /// How many callers were answered by it.
    package var callers: Int
    /// How many calls read the policy.
    package var reads: Int
    /// How many calls wrote the policy, or tried to.
    package var writes: Int
    /// How many bindings it removed, or would have on a dry run.
    package var removed: Int
    /// The roles that Google refused to change, each with what it said.
    package var refusals: [String: ResourceManagerError]
    /// How long it took, pauses between tries included.
    package var duration: Duration
}
