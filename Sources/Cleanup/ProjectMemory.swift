internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// What is still known of the last calls for a project, so that a replay or a flood of messages costs few calls.
///
/// It only ever saves a call whose answer is known; nothing is removed for what stands here.
struct ProjectMemory {
    /// How long an answer counts, from before the call that brought it.
    static let lifetime: Duration = .seconds(60)
    /// An activation that ended so long before a read has been in the policy for longer than any read lags behind
    /// (IAM's propagation takes 2 minutes, "7 or more" at times), so the read would have shown it.
    static let stalenessSeconds: Int64 = 600
    /// How long a write of unknown outcome is looked for in later reads, for the audit log.
    static let unconfirmedLifetime: Duration = .seconds(3600)

    /// A policy as it was read, or as it was right after the write that followed.
    struct Observation: Sendable {
        /// The expired JIT Access bindings that were left in it.
        var remainder: ExpiredRemainder
        /// The earlier of our clock and Google's when it was read.
        var now: Instant
        /// The uptime before the read.
        var uptime: Duration
    }

    private let graceSeconds: Int64
    private var observations: FadingMemory<Observation>
    private var failures: FadingMemory<CommitFailure>
    private var quietTimes: FadingMemory<Duration>
    private var unconfirmedWrites: FadingMemory<UnconfirmedWrite>

    init(graceSeconds: Int64, capacity: Int = FadingMemory<Observation>.defaultCapacity) {
        self.graceSeconds = graceSeconds
        observations = FadingMemory(capacity: capacity)
        failures = FadingMemory(capacity: capacity)
        quietTimes = FadingMemory(capacity: capacity)
        unconfirmedWrites = FadingMemory(capacity: capacity)
    }

    /// The answer to a request, where it is known without a call.
    func answer(to request: CommitRequest, for project: ProjectID, at uptime: Duration) -> CommitResult? {
        if let failure = failures.value(of: project, at: uptime) { return .failed(failure) }
        guard let seen = observations.value(of: project, at: uptime), seen.remainder.hasNothing(of: request.removal)
        else { return nil }
        // Within the grace a binding does not count as expired, so it would not stand among the remainder.
        let settled = request.end.adding(seconds: max(0, graceSeconds)).adding(seconds: Self.stalenessSeconds)
        return settled < seen.now ? .done(CommitReport(removed: [], remaining: [], isRemembered: true)) : nil
    }

    /// The uptime until which Google asked for no more calls.
    func quietTime(of project: ProjectID, at uptime: Duration) -> Duration? {
        quietTimes.value(of: project, at: uptime)
    }

    /// A write of unknown outcome, for the transaction that now takes it over.
    mutating func takeUnconfirmedWrite(of project: ProjectID, at uptime: Duration) -> UnconfirmedWrite? {
        unconfirmedWrites.take(project, at: uptime)
    }

    /// Takes in what a transaction found out.
    mutating func note(_ outcome: PolicyTransaction.Outcome, of project: ProjectID, at uptime: Duration) {
        if let seen = outcome.observation {
            failures.forget(project)
            observations.note(seen, of: project, until: seen.uptime + Self.lifetime, at: uptime)
        }
        if let failure = outcome.failure {
            switch failure {
            case .permissionDenied, .notFound:
                failures.note(failure, of: project, until: uptime + Self.lifetime, at: uptime)
                observations.forget(project)
            case .outOfTime, .rateLimited, .credentials, .serviceDisabled, .refused, .policy, .cancelled: break
            }
        }
        if let quietUntil = outcome.quietUntil, quietUntil > uptime {
            quietTimes.note(quietUntil, of: project, until: quietUntil, at: uptime)
        }
        if let write = outcome.unconfirmed {
            unconfirmedWrites.note(write, of: project, until: uptime + Self.unconfirmedLifetime, at: uptime)
        }
    }
}
