package import ExpiryNotices
package import GoogleCloud
package import IAMPolicy
package import Timestamps

/// One caller's request: a look at a resource's policy, which removes every expired binding in scope.
package struct LookRequest: Sendable {
    /// The notice that triggered it; nil for a sweep.
    package var notice: ExpiryNotice?
    /// The earliest time of a remembered read that can answer: late enough that the notice is no longer young and every
    /// end that has passed is covered.
    package var answersFrom: Instant
    /// Whether a remembered failure is not an acceptable answer.
    package var needsFreshFailure: Bool
    /// The uptime by which the caller must have its answer.
    package var deadline: Duration

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

/// What a round saw and did; all callers sharing the round get the same look.
package struct Look: Sendable {
    /// An expired binding that stays because Google refuses to change its role.
    package struct Refused: Sendable {
        package var binding: ExpiredBinding
        /// Google's refusal.
        package var failure: ResourceManagerError
    }

    /// When the policy was read: the earlier of our clock's time and Google's.
    package var now: Instant
    /// Whether IAM accepted a write computed from this read, which proves the read current.
    package var isCurrent: Bool
    /// What was removed, or would have been on a dry run.
    package var removed: [ExpiredBinding]
    /// The bindings in scope that have not expired.
    package var kept: [KeptBinding]
    /// The expired bindings that stay because of a refusal.
    package var refused: [Refused] = []
    /// The expired bindings left over when the round reached its write limit.
    package var untried: [ExpiredBinding] = []
    /// Whether the answer is remembered from a recent look, without any call.
    package var isRemembered = false

    /// Creates a look that leaves no expired binding.
    package init(now: Instant, isCurrent: Bool, removed: [ExpiredBinding] = [], kept: [KeptBinding] = []) {
        self.now = now
        self.isCurrent = isCurrent
        self.removed = removed
        self.kept = kept
    }
}

/// One policy write that removed bindings.
package struct PolicyWrite: Sendable {
    /// The resource the policy belongs to.
    package var resource: PolicyResource
    /// The bindings this write removed.
    package var removed: [ExpiredBinding]
    /// The Pub/Sub message IDs that caused it; none for a sweep.
    package var causes: [String]
    /// The etag of the policy the write was computed from.
    package var etagBefore: String
    /// The policy's etag after the write; nil if only a later read confirmed the write.
    package var etagAfter: String?
    /// When the write was confirmed.
    package var time: Instant
    /// Whether this was a dry run, so nothing was actually written.
    package var isDryRun: Bool
}

/// The cost and result of one round of calls for a resource's policy.
package struct RoundSummary: Sendable {
    /// The resource the policy belongs to.
    package var resource: PolicyResource
    /// The number of callers it answered.
    package var callers: Int
    /// The number of `getIamPolicy` calls.
    package var reads: Int
    /// The number of `setIamPolicy` calls, failed ones included.
    package var writes: Int
    /// The number of bindings removed, or that would have been on a dry run.
    package var removed: Int
    /// The roles Google refused to change, each with its refusal.
    package var refusals: [String: ResourceManagerError]
    /// How long it took, including pauses between attempts.
    package var duration: Duration
}
