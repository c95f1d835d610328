internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// The read-modify-write of one project's policy for a group of callers, repeated whole until it stands.
struct PolicyTransaction: Sendable {
    let resourceManager: ResourceManager
    let rules: CleanupRules
    let schedule: RetrySchedule
    let time: TimeSource
    let slots: WorkSlots

    /// The longest single call; the leader's deadline cuts it shorter.
    private static let longestCall: Duration = .seconds(20)
    /// Below this much time left no further call is begun.
    private static let shortestCall: Duration = .milliseconds(50)

    /// Runs until every caller has an answer, or the leader's time is over.
    ///
    /// - Parameters:
    ///   - project: Whose policy it is.
    ///   - leader: The caller whose deadline counts.
    ///   - quietUntil: The uptime before which Google wants no call.
    ///   - unconfirmed: A write of an earlier transaction whose outcome is not known yet.
    ///   - join: Hands over those who have come meanwhile; asked before each read, since a read serves all of them.
    /// - Returns: The answers, and the writes.
    ///
    /// Runs apart from the caller's actor: reading a large policy takes milliseconds, and projects do not wait for
    /// each other.
    @concurrent
    func run(
        _ project: ProjectID,
        leader: Ticket,
        quietUntil: Duration?,
        unconfirmed: UnconfirmedWrite?,
        join: @Sendable () async -> [Ticket]
    ) async -> Outcome {
        var outcome = Outcome(leader: leader, unconfirmed: unconfirmed, project: project, isDryRun: rules.isDryRun)
        var failures = 0
        if let quietUntil {
            let pause = quietUntil - time.uptime()
            guard pause < timeLeft(leader) else {
                outcome.failEverybody(.rateLimited(retryAfterSeconds: pause.wholeSecondsUp))
                return outcome
            }
            try? await time.sleep(pause)
        }
        while let group = outcome.groups.first, timeLeft(leader) > Self.shortestCall, !Task.isCancelled {
            guard await slots.acquire(until: leader.request.deadline) else {
                outcome.lastProblem = "waiting for edits of other projects"
                break
            }
            // A group that was split off takes nobody in: it is to show who is in the way of the others.
            let tickets = outcome.isSplit ? group : group + (await join())
            outcome.groups[0] = tickets
            let step = await attempt(project, tickets, leader, &outcome)
            // Not held during the pause: whoever waits for Google to recover keeps nobody else out.
            await slots.release()
            switch step {
            case .settled: failures = 0
            case .tryAgain(let atLeast, let whenOutOfTime):
                let pause = max(schedule.pause(afterFailure: failures), atLeast)
                failures += 1
                guard pause < timeLeft(leader) else {
                    if let whenOutOfTime { outcome.failEverybody(whenOutOfTime) }
                    return outcome
                }
                // Cancellation ends the loop by itself.
                try? await time.sleep(pause)
            }
        }
        if Task.isCancelled, outcome.results[leader.id] == nil { outcome.results[leader.id] = .failed(.cancelled) }
        return outcome
    }

    private enum Step {
        /// The first group has its answers, or was taken apart.
        case settled
        /// Again from the read on; the failure is for when there is no time left for that.
        case tryAgain(atLeast: Duration, whenOutOfTime: CommitFailure?)
    }

    /// One read of the policy, and one write if anything is to go.
    private func attempt(
        _ project: ProjectID,
        _ tickets: [Ticket],
        _ leader: Ticket,
        _ outcome: inout Outcome
    ) async -> Step {
        let uptime = time.uptime()
        var written: GroupEdit?
        do throws(ResourceManagerError) {
            outcome.calls.reads += 1
            let read = try await resourceManager.getIamPolicy(project: project, within: callTime(leader))
            let policy: Policy
            do throws(PolicyError) { policy = try Policy(read.bytes) } catch {
                outcome.failEverybody(.policy(error))
                return .settled
            }
            outcome.resolveUnconfirmed(policy, graceSeconds: rules.graceSeconds, at: time.now())
            // A clock of ours that runs ahead must not cost anyone access.
            let group = GroupEdit(policy, tickets, now: min(time.now(), read.date), rules: rules)
            if let refusal = outcome.refusal, refusal.etag == policy.etag {
                outcome.settleRefused(group, refusal.detail)
                return .settled
            }
            guard let body = group.edit.setIamPolicyBody, !rules.isDryRun else {
                outcome.settle(group, etagAfter: nil, at: time.now(), readAt: uptime)
                return .settled
            }
            written = group
            outcome.calls.writes += 1
            let etagAfter = try await resourceManager.setIamPolicy(
                project: project,
                body: body,
                reason: AuditReason.text(causes: group.contributors.compactMap(\.request.cause)),
                within: callTime(leader)
            )
            outcome.settle(group, etagAfter: etagAfter, at: time.now(), readAt: uptime)
            return .settled
        } catch {
            return react(to: error, written, &outcome)
        }
    }

    private func react(to error: ResourceManagerError, _ written: GroupEdit?, _ outcome: inout Outcome) -> Step {
        outcome.lastProblem = "\(error)"
        switch error {
        case .conflict:
            return .tryAgain(atLeast: .zero, whenOutOfTime: nil)
        case .unavailable(_, let mayHaveBeenApplied):
            if let written, mayHaveBeenApplied { outcome.unconfirmed = UnconfirmedWrite(written) }
            return .tryAgain(atLeast: .zero, whenOutOfTime: nil)
        case .unexpected:
            if let written { outcome.unconfirmed = UnconfirmedWrite(written) }
            return .tryAgain(atLeast: .zero, whenOutOfTime: nil)
        case .rateLimited(let seconds):
            if let seconds { outcome.quietUntil = time.uptime() + .seconds(seconds) }
            return .tryAgain(
                atLeast: .seconds(seconds ?? 1),
                whenOutOfTime: .rateLimited(retryAfterSeconds: seconds)
            )
        case .invalidArgument(let detail):
            guard let written else {
                outcome.failEverybody(.refused(detail))
                return .settled
            }
            // Tried once more if the policy has changed meanwhile: the reason may have been in it.
            outcome.refusal = (written.edit.etagBefore, detail)
            return .tryAgain(atLeast: .zero, whenOutOfTime: nil)
        case .credentials(let detail): outcome.failEverybody(.credentials(detail))
        case .serviceDisabled(let detail): outcome.failEverybody(.serviceDisabled(detail))
        case .permissionDenied(let detail): outcome.failEverybody(.permissionDenied(detail))
        case .notFound(let detail): outcome.failEverybody(.notFound(detail))
        }
        return .settled
    }

    private func timeLeft(_ leader: Ticket) -> Duration { leader.request.deadline - time.uptime() }

    private func callTime(_ leader: Ticket) -> Duration { min(timeLeft(leader), Self.longestCall) }
}

extension Duration {
    /// Rounded up.
    fileprivate var wholeSecondsUp: Int64 {
        let (seconds, attoseconds) = components
        return seconds + (attoseconds > 0 ? 1 : 0)
    }
}
