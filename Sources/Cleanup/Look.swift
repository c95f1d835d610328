package import GoogleCloud
package import IAMPolicy
package import Timestamps

/// One caller's wish: an ended activation, or all that has expired, should be cleared from a project's policy.
package struct CommitRequest: Sendable {
    /// What may go, if it has expired.
    package var removal: Removal
    /// The activation's end: before it, by Google's clock too, nothing is done.
    package var end: Instant
    /// The Pub/Sub message ID that caused it, for the audit log; nil for a sweep, which no message caused.
    package var cause: String?
    /// The uptime by which the caller must have its answer.
    package var deadline: Duration

    /// A wish from its parts.
    package init(removal: Removal, end: Instant, cause: String?, deadline: Duration) {
        self.removal = removal
        self.end = end
        self.cause = cause
        self.deadline = deadline
    }
}

/// What became of a ``CommitRequest``.
package enum CommitResult: Sendable {
    /// Nothing of it is left in the policy.
    case done(CommitReport)
    /// By the earlier of our clock and Google's it has not ended.
    case notEnded(now: Instant)
    /// It may still be there.
    case failed(CommitFailure)
}

/// What was found and done for one caller.
package struct CommitReport: Sendable {
    /// What was removed for this caller, or would have been on a dry run; empty if nothing was left.
    package var removed: [RemovedBinding]
    /// The JIT Access bindings that stay though they could have been meant: of the same user and roles and still
    /// live, or not understood.
    package var remaining: [RemainingBinding]
    /// Whether this is known from a read a short while ago, and no call was made.
    package var isRemembered = false
}

/// One policy write that took bindings away.
package struct PolicyWrite: Sendable {
    /// The project whose policy it was.
    package var project: ProjectID
    /// Everything that was removed in this write.
    package var removed: [RemovedBinding]
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

/// What one read-modify-write of a project's policy came to, with all its tries.
package struct TransactionSummary: Sendable {
    /// The project whose policy it was.
    package var project: ProjectID
    /// How many activations were answered by it.
    package var activations: Int
    /// How many calls read the policy.
    package var reads: Int
    /// How many calls wrote the policy, or tried to.
    package var writes: Int
    /// How many bindings it removed, or would have on a dry run.
    package var removed: Int
    /// How long it took, pauses between tries included.
    package var duration: Duration
}

/// Why an activation could not be cleared from a policy.
package enum CommitFailure: Error, Sendable {
    /// The time allowed ran out; the detail is the last thing that went wrong.
    case outOfTime(last: String)
    /// Google asks to wait.
    case rateLimited(retryAfterSeconds: Int64?)
    /// There is no access token.
    case credentials(String)
    /// The Resource Manager API is not enabled in the service's own project.
    case serviceDisabled(String)
    /// The permission is missing, or the project does not exist.
    case permissionDenied(String)
    /// The project does not exist.
    case notFound(String)
    /// IAM refuses the policy (400).
    case refused(String)
    /// The policy cannot be represented without loss, or is not safe to write.
    case policy(PolicyError)
    /// The service is shutting down or the caller has gone.
    case cancelled

    /// Whether trying again later is unlikely to help; such failures end in giving up.
    package var isPermanent: Bool {
        switch self {
        case .permissionDenied, .notFound, .refused, .policy: true
        case .outOfTime, .rateLimited, .credentials, .serviceDisabled, .cancelled: false
        }
    }

    /// The kind of failure, a constant for logs and metrics.
    package var reason: String {
        switch self {
        case .outOfTime: "out-of-time"
        case .rateLimited: "rate-limited"
        case .credentials: "no-credentials"
        case .serviceDisabled: "service-disabled"
        case .permissionDenied: "permission-denied"
        case .notFound: "project-not-found"
        case .refused: "policy-refused"
        case .policy: "policy-not-understood"
        case .cancelled: "cancelled"
        }
    }

    /// What Google or the service said about it; may hold text of others, so it is escaped where it is logged.
    package var detail: String {
        switch self {
        case .outOfTime(let text), .credentials(let text), .serviceDisabled(let text), .permissionDenied(let text),
            .notFound(let text), .refused(let text):
            text
        case .rateLimited(let seconds): seconds.map { "retry after \($0) s" } ?? "quota used up"
        case .policy(let error): "\(error)"
        case .cancelled: "cancelled"
        }
    }
}
