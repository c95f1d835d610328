internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// What is still known of the last calls for a resource, so that a replay or a flood of messages costs few calls.
///
/// It only ever saves a call whose answer is known; nothing is removed for what stands here.
struct ResourceMemory {
    /// How long an answer counts, from before the call that brought it.
    static let lifetime: Duration = .seconds(60)
    /// How long a write of unknown outcome is looked for in later reads, for the audit log.
    static let unconfirmedLifetime: Duration = .seconds(3600)
    /// The most resources; an entry is mostly a few hundred bytes.
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
        var refusals: [String: ResourceManagerError] = [:]
        /// The parts of the roles that the last round did not get to.
        var parts: [Set<String>] = []
    }

    private var looks: ExpiringCache<PolicyResource, Look>
    private var failures: ExpiringCache<PolicyResource, ResourceManagerError>
    private var quietTimes: ExpiringCache<PolicyResource, Duration>
    private var unconfirmedWrites: ExpiringCache<PolicyResource, UnconfirmedWrite>
    private var refusals: ExpiringCache<PolicyResource, [String: (failure: ResourceManagerError, end: Duration)]>
    private var parts: ExpiringCache<PolicyResource, [Set<String>]>

    init(capacity: Int = defaultCapacity) {
        looks = ExpiringCache(capacity: capacity)
        failures = ExpiringCache(capacity: capacity)
        quietTimes = ExpiringCache(capacity: capacity)
        unconfirmedWrites = ExpiringCache(capacity: capacity)
        refusals = ExpiringCache(capacity: capacity)
        parts = ExpiringCache(capacity: capacity)
    }

    /// The answer to a request, where it is known without a call.
    func answer(
        to request: LookRequest,
        for resource: PolicyResource,
        at uptime: Duration
    ) -> Result<Look, ResourceManagerError>? {
        if let failure = failures.value(of: resource, at: uptime), !request.needsFreshFailure {
            return .failure(failure)
        }
        guard let look = looks.value(of: resource, at: uptime), request.answersFrom <= look.now else { return nil }
        if request.needsFreshFailure, let notice = request.notice, look.refused.contains(where: notice.mayMean) {
            return nil
        }
        return .success(look)
    }

    /// What the next round starts from; a write of unknown outcome is its affair from now on.
    mutating func takeKnown(of resource: PolicyResource, at uptime: Duration) -> Known {
        Known(
            quietUntil: quietTimes.value(of: resource, at: uptime),
            unconfirmed: unconfirmedWrites.take(resource, at: uptime),
            refusals: liveRefusals(of: resource, at: uptime).mapValues(\.failure),
            parts: parts.take(resource, at: uptime) ?? []
        )
    }

    /// Takes in what a round found out.
    mutating func note(_ outcome: PolicyRound.Outcome, of resource: PolicyResource, at uptime: Duration) {
        let end = outcome.readAt + Self.lifetime
        switch outcome.answer {
        case .success(var look):
            failures.forget(resource)
            looks.forget(resource)
            if look.untried.isEmpty, look.refused.count + look.kept.count <= Self.maximumBindings {
                look.removed = []
                look.isRemembered = true
                looks.note(look, of: resource, until: end, at: uptime)
            }
        case .failure(let failure):
            switch failure {
            case .permissionDenied, .notFound:
                failures.note(failure, of: resource, until: end, at: uptime)
                looks.forget(resource)
            case .conflict, .timedOut, .outOfTime, .unavailable, .unexpected, .rateLimited, .credentials,
                .serviceDisabled, .invalidArgument, .policyNotUnderstood, .cancelled:
                break
            }
        case nil: break
        }
        let fresh = outcome.parts.refusals.mapValues { (failure: $0, end: end) }
        var all = liveRefusals(of: resource, at: uptime).merging(fresh) { $1 }
        for binding in outcome.removed { all[binding.role] = nil }
        refusals.forget(resource)
        // An entry without refusals would take another resource's place.
        if let last = all.values.map(\.end).max() { refusals.note(all, of: resource, until: last, at: uptime) }
        if !outcome.parts.parts.isEmpty {
            parts.note(outcome.parts.parts, of: resource, until: uptime + Self.unconfirmedLifetime, at: uptime)
        }
        if let quietUntil = outcome.quietUntil, quietUntil > uptime {
            quietTimes.note(quietUntil, of: resource, until: quietUntil, at: uptime)
        }
        if let write = outcome.unconfirmed {
            unconfirmedWrites.note(write, of: resource, until: uptime + Self.unconfirmedLifetime, at: uptime)
        }
    }

    private func liveRefusals(
        of resource: PolicyResource,
        at uptime: Duration
    ) -> [String: (failure: ResourceManagerError, end: Duration)] {
        (refusals.value(of: resource, at: uptime) ?? [:]).filter { $0.value.end > uptime }
    }
}
