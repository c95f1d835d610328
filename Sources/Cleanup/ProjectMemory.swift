internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// What is still known of the last calls for a project, so that a replay or a flood of messages costs few calls.
///
/// It only ever saves a call whose answer is known; nothing is removed for what stands here.
struct ProjectMemory {
    /// How long an answer counts, from before the call that brought it.
    static let lifetime: Duration = .seconds(60)
    /// How long a write of unknown outcome is looked for in later reads, for the audit log.
    static let unconfirmedLifetime: Duration = .seconds(3600)
    /// The most projects; an entry is mostly a few hundred bytes.
    static let defaultCapacity = 1_000
    /// The most bindings that stay in a policy whose look is remembered.
    static let maximumBindings = 200

    /// What a new round starts from.
    struct Known: Sendable {
        /// The uptime until which Google asked for no more calls.
        var quietUntil: Duration?
        /// A write of unknown outcome.
        var unconfirmed: UnconfirmedWrite?
        /// The roles that Google refused to change a short while ago.
        var refusals: [String: CommitFailure] = [:]
        /// The parts of the roles that the last round did not get to.
        var parts: [Set<String>] = []
    }

    private var looks: ExpiringCache<ProjectID, Look>
    private var failures: ExpiringCache<ProjectID, CommitFailure>
    private var quietTimes: ExpiringCache<ProjectID, Duration>
    private var unconfirmedWrites: ExpiringCache<ProjectID, UnconfirmedWrite>
    private var refusals: ExpiringCache<ProjectID, [String: (failure: CommitFailure, end: Duration)]>
    private var parts: ExpiringCache<ProjectID, [Set<String>]>

    init(capacity: Int = defaultCapacity) {
        looks = ExpiringCache(capacity: capacity)
        failures = ExpiringCache(capacity: capacity)
        quietTimes = ExpiringCache(capacity: capacity)
        unconfirmedWrites = ExpiringCache(capacity: capacity)
        refusals = ExpiringCache(capacity: capacity)
        parts = ExpiringCache(capacity: capacity)
    }

    /// The answer to a request, where it is known without a call.
    func answer(to request: LookRequest, for project: ProjectID, at uptime: Duration) -> LookResult? {
        if let failure = failures.value(of: project, at: uptime), !request.needsFreshFailure {
            return .failed(failure, isRemembered: true)
        }
        guard let look = looks.value(of: project, at: uptime), request.answersFrom <= look.now else { return nil }
        if request.needsFreshFailure, let notice = request.notice, look.refused.contains(where: notice.mayMean) {
            return nil
        }
        return .look(look)
    }

    /// What the next round starts from; a write of unknown outcome is its affair from now on.
    mutating func takeKnown(of project: ProjectID, at uptime: Duration) -> Known {
        Known(
            quietUntil: quietTimes.value(of: project, at: uptime),
            unconfirmed: unconfirmedWrites.take(project, at: uptime),
            refusals: liveRefusals(of: project, at: uptime).mapValues(\.failure),
            parts: parts.take(project, at: uptime) ?? []
        )
    }

    /// Takes in what a round found out.
    mutating func note(_ outcome: PolicyRound.Outcome, of project: ProjectID, at uptime: Duration) {
        let end = uptime + Self.lifetime
        switch outcome.answer {
        case .look(var look):
            failures.forget(project)
            looks.forget(project)
            if look.untried.isEmpty, look.refused.count + look.kept.count <= Self.maximumBindings {
                look.removed = []
                look.isRemembered = true
                looks.note(look, of: project, until: outcome.readAt + Self.lifetime, at: uptime)
            }
        case .failed(let failure, _):
            switch failure {
            case .permissionDenied, .notFound:
                failures.note(failure, of: project, until: end, at: uptime)
                looks.forget(project)
            case .outOfTime, .unavailable, .rateLimited, .credentials, .serviceDisabled, .refused, .policy,
                .cancelled:
                break
            }
        case nil: break
        }
        let fresh = outcome.parts.refusals.mapValues { (failure: $0, end: end) }
        var all = liveRefusals(of: project, at: uptime).merging(fresh) { $1 }
        for binding in outcome.removed { all[binding.role] = nil }
        refusals.note(all, of: project, until: end, at: uptime)
        if !outcome.parts.parts.isEmpty {
            parts.note(outcome.parts.parts, of: project, until: uptime + Self.unconfirmedLifetime, at: uptime)
        }
        if let quietUntil = outcome.quietUntil, quietUntil > uptime {
            quietTimes.note(quietUntil, of: project, until: quietUntil, at: uptime)
        }
        if let write = outcome.unconfirmed {
            unconfirmedWrites.note(write, of: project, until: uptime + Self.unconfirmedLifetime, at: uptime)
        }
    }

    private func liveRefusals(
        of project: ProjectID,
        at uptime: Duration
    ) -> [String: (failure: CommitFailure, end: Duration)] {
        (refusals.value(of: project, at: uptime) ?? [:]).filter { $0.value.end > uptime }
    }
}
