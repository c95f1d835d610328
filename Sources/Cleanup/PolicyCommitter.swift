package import GoogleCloud
package import Timestamps

/// Batches the edits of a resource's policy: callers that arrive while a read-modify-write runs share the next one.
///
/// This is natural batching, like a database's group commit: there is no timer and no idle wait, so a lone edit starts
/// at once, and all work happens within the requests that wait for it (Cloud Run allocates CPU only to those). The
/// first caller leads; when its read-modify-write is over, a waiting caller leads the next. Resources do not wait for
/// each other.
package actor PolicyCommitter {
    /// The default limit on resources edited at a time.
    package static let defaultConcurrency = 32

    private enum Turn {
        case lead
        case answer(Result<Look, ResourceManagerError>)
    }

    private let round: PolicyRound
    private let time: TimeSource
    private let executor: (any TaskExecutor)?
    private let onWrite: @Sendable (PolicyWrite) async -> Void
    private let onRound: @Sendable (RoundSummary) -> Void

    private var memory: ResourceMemory
    /// The callers waiting for a resource's next turn, in order of arrival; a resource has a lane while a leader is at
    /// work.
    private var lanes: [PolicyResource: [Ticket]] = [:]
    /// The continuations of waiting callers, by ticket ID.
    ///
    /// Removing a continuation gives the right to resume it, so each is resumed exactly once.
    private var waiters: [Int: CheckedContinuation<Turn, Never>] = [:]
    private var lastTicket = 0

    /// Creates a committer that reads and writes through the given service.
    ///
    /// - Parameters:
    ///   - resourceManager: The API that reads and writes policies.
    ///   - rules: The operator's rules for removals.
    ///   - schedule: The pauses between attempts.
    ///   - time: Source of wall-clock time and uptime, and of pauses.
    ///   - concurrency: The maximum number of resources edited at a time.
    ///   - executor: The executor for parsing and editing policies, which takes milliseconds if they are large; nil to
    ///     run on the caller's.
    ///   - onWrite: Called and awaited for each confirmed write (or would-be write on a dry run), before its callers
    ///     are answered.
    ///   - onRound: Called with the cost of each round that made a call; must not block.
    package init(
        resourceManager: ResourceManager,
        rules: CleanupRules,
        schedule: RetrySchedule = RetrySchedule(),
        time: TimeSource,
        concurrency: Int = defaultConcurrency,
        executor: (any TaskExecutor)? = nil,
        onWrite: @escaping @Sendable (PolicyWrite) async -> Void,
        onRound: @escaping @Sendable (RoundSummary) -> Void = { _ in }
    ) {
        round = PolicyRound(
            resourceManager: resourceManager,
            rules: rules,
            schedule: schedule,
            time: time,
            slots: AsyncSemaphore(concurrency, time: time)
        )
        memory = ResourceMemory()
        self.time = time
        self.executor = executor
        self.onWrite = onWrite
        self.onRound = onRound
    }

    /// Reads a resource's policy, removes the expired bindings in scope and awaits `onWrite` for each write, such as
    /// its announcement, together with the other callers waiting for that resource.
    ///
    /// Waits for a turn and makes calls until the request's deadline or until the task is cancelled; awaiting `onWrite`
    /// can take longer. Returns at once, without a call, if the answer is remembered from a recent round.
    package func look(at resource: PolicyResource, _ request: LookRequest) async -> Result<Look, ResourceManagerError> {
        if let known = memory.answer(to: request, for: resource, at: time.uptime()) { return known }
        lastTicket += 1
        let ticket = Ticket(id: lastTicket, request: request)
        if lanes[resource] == nil {
            lanes[resource] = []
        } else {
            lanes[resource]?.append(ticket)
            if case .answer(let result) = await turn(of: ticket, in: resource) { return result }
        }
        let result = await lead(ticket, resource)
        passLead(of: resource)
        return result
    }

    private func lead(_ own: Ticket, _ resource: PolicyResource) async -> Result<Look, ResourceManagerError> {
        let start = time.uptime()
        let known = memory.takeKnown(of: resource, at: start)
        let outcome = await withTaskExecutorPreference(executor) {
            await round.run(resource, leader: own, known: known, join: { await self.takeWaiting(resource) })
        }
        let end = time.uptime()
        memory.note(outcome, of: resource, at: end)
        if outcome.calls.reads > 0 { onRound(outcome.summary(duration: end - start)) }
        for write in outcome.writes { await onWrite(write) }
        guard let answer = outcome.answer else {
            // The leader's time ran out, but the other callers may still have some.
            lanes[resource]?.insert(contentsOf: outcome.tickets.filter { waiters[$0.id] != nil }, at: 0)
            return .failure(Task.isCancelled ? .cancelled : outcome.lastFailure)
        }
        // In order of arrival.
        for ticket in outcome.tickets.sorted(by: { $0.id < $1.id }) { resume(ticket.id, .answer(answer)) }
        return answer
    }

    private func takeWaiting(_ resource: PolicyResource) -> [Ticket] {
        let waiting = lanes[resource] ?? []
        lanes[resource] = []
        return waiting
    }

    /// Answers the waiting callers whose answer is known by now, and makes one of the others lead the next turn.
    private func passLead(of resource: PolicyResource) {
        let uptime = time.uptime()
        let waiting = lanes[resource] ?? []
        var rest: [Ticket] = []
        for ticket in waiting {
            if let known = memory.answer(to: ticket.request, for: resource, at: uptime) {
                resume(ticket.id, .answer(known))
            } else {
                rest.append(ticket)
            }
        }
        // A turn ends with its leader's time, so the caller with the latest deadline leads: with the oldest, each turn
        // of a slow resource could be cut short just before it was done.
        guard let next = rest.indices.max(by: { rest[$0].request.deadline < rest[$1].request.deadline }) else {
            lanes[resource] = nil
            return
        }
        let leader = rest.remove(at: next)
        lanes[resource] = rest
        resume(leader.id, .lead)
    }

    /// Suspends until this caller is resumed, at the latest at its deadline or when its task is cancelled.
    private func turn(of ticket: Ticket, in resource: PolicyResource) async -> Turn {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [time] in
                // Ends early when the turn comes or the caller is cancelled.
                try? await time.sleep(ticket.request.deadline - time.uptime())
                await self.expire(ticket.id, in: resource, isCancelled: Task.isCancelled)
            }
            let turn = await withCheckedContinuation { waiters[ticket.id] = $0 }
            group.cancelAll()
            return turn
        }
    }

    private func expire(_ id: Int, in resource: PolicyResource, isCancelled: Bool) {
        // Already resumed: its turn came first.
        guard waiters[id] != nil else { return }
        lanes[resource]?.removeAll { $0.id == id }
        let failure: ResourceManagerError =
            isCancelled ? .cancelled : .outOfTime(last: "waiting for other edits of the same resource")
        resume(id, .answer(.failure(failure)))
    }

    private func resume(_ id: Int, _ turn: Turn) {
        waiters.removeValue(forKey: id)?.resume(returning: turn)
    }
}

/// One caller of ``PolicyCommitter/look(at:_:)``; IDs follow the order of arrival.
struct Ticket: Sendable {
    let id: Int
    let request: LookRequest
}
