internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// The read-modify-write of one resource's policy for a group of callers, repeated from the read until it succeeds.
struct PolicyRound: Sendable {
    let resourceManager: ResourceManager
    let rules: CleanupRules
    let schedule: RetrySchedule
    let time: TimeSource
    let slots: AsyncSemaphore

    /// The time limit for one call; the leader's deadline may shorten it.
    private static let longestCall: Duration = .seconds(20)
    /// The minimum time left to start another call.
    private static let shortestCall: Duration = .milliseconds(50)

    /// Runs until there is an answer, or the leader's time is over.
    ///
    /// - Parameters:
    ///   - resource: The resource whose policy is edited.
    ///   - leader: The caller whose deadline applies.
    ///   - known: What earlier rounds remembered.
    ///   - join: Returns the callers that have arrived since; called before each read, since one read serves all of
    ///     them.
    /// - Returns: The answer, if any, and the writes.
    ///
    /// Runs off the caller's actor: parsing a large policy takes milliseconds, and resources must not wait for each
    /// other.
    @concurrent
    func run(
        _ resource: PolicyResource,
        leader: Ticket,
        known: ResourceMemory.Known,
        join: @Sendable () async -> [Ticket]
    ) async -> Outcome {
        var outcome = Outcome(
            [leader],
            unconfirmed: known.unconfirmed,
            parts: RoleParts(known: known.refusals, parts: known.parts),
            resource: resource,
            rules: rules
        )
        var failures = 0
        if let quietUntil = known.quietUntil {
            let pause = quietUntil - time.uptime()
            guard pause < timeLeft(leader) else {
                outcome.fail(.rateLimited(retryAfterSeconds: pause.wholeSecondsUp, detail: "Google asked to wait"))
                return outcome
            }
            try? await time.sleep(pause)
        }
        while outcome.answer == nil, timeLeft(leader) > Self.shortestCall, !Task.isCancelled {
            guard await slots.acquire(until: leader.request.deadline - Self.shortestCall) else {
                outcome.lastFailure = .outOfTime(last: "waiting for edits of other resources")
                break
            }
            // Once the roles are split, no caller may join: its removals may be in a part already done.
            if !outcome.parts.isSplit { outcome.tickets += await join() }
            let step = await attempt(resource, leader, &outcome)
            // Released before the pause, so that a resource waiting for Google does not block others.
            await slots.release()
            switch step {
            case .goOn: failures = 0
            case .tryAgain(let atLeast):
                let pause = max(schedule.pause(afterFailure: failures), atLeast)
                failures += 1
                guard pause < timeLeft(leader) else {
                    // The rate limit applies to all callers, which would wait in vain.
                    if case .rateLimited = outcome.lastFailure { outcome.fail(outcome.lastFailure) }
                    return outcome
                }
                // On cancellation the loop ends by itself.
                try? await time.sleep(pause)
            }
        }
        return outcome
    }

    private enum Step {
        /// There is an answer, or the next part of the roles is due.
        case goOn
        /// Start again from the read, after a pause.
        case tryAgain(atLeast: Duration)
    }

    /// One read of the policy, and one write if there is anything to remove.
    private func attempt(_ resource: PolicyResource, _ leader: Ticket, _ outcome: inout Outcome) async -> Step {
        var sent: (read: Reading, roles: Set<String>)?
        do throws(ResourceManagerError) {
            outcome.calls.reads += 1
            outcome.readAt = time.uptime()
            let answer = try await resourceManager.getIamPolicy(of: resource, within: callTime(leader))
            let read: Reading
            do throws(PolicyError) {
                // If our clock runs ahead, it must not cost anyone access.
                let now = min(time.now(), answer.date)
                read = Reading(try Policy(answer.bytes), now: now, rules)
            } catch {
                outcome.fail(.policyNotUnderstood(detail: "\(error)"))
                return .goOn
            }
            outcome.resolveUnconfirmed(read.policy, readAt: read.now, at: time.now())
            if let invalid = outcome.invalid {
                // If the policy has changed since, the cause may have been something else in it.
                if invalid.etag == read.policy.etag { outcome.parts.refuse(.invalidArgument(detail: invalid.detail)) }
                outcome.invalid = nil
            }
            // If a caller needs a fresh failure, remembered refusals are retried.
            if outcome.tickets.contains(where: \.request.needsFreshFailure) { outcome.parts.known = [:] }
            let roles = outcome.parts.next(of: read.roles)
            if outcome.parts.isUsedUp { outcome.untried = outcome.parts.open(read.roles) }
            guard !roles.isEmpty, outcome.untried.isEmpty, let body = read.edit.setIamPolicyBody(roles: roles) else {
                outcome.settle(read)
                return .goOn
            }
            if rules.isDryRun {
                outcome.accept(roles, read, etagAfter: nil, at: time.now())
                return .goOn
            }
            guard timeLeft(leader) > Self.shortestCall else {
                outcome.lastFailure = .outOfTime(last: "no time for a write")
                return .tryAgain(atLeast: .zero)
            }
            sent = (read, roles)
            outcome.calls.writes += 1
            outcome.parts.countWrite()
            let etagAfter = try await resourceManager.setIamPolicy(
                of: resource,
                body: body,
                reason: AuditReason.text(causes: outcome.causes),
                within: callTime(leader)
            )
            outcome.accept(roles, read, etagAfter: etagAfter, at: time.now())
            return .goOn
        } catch {
            return react(to: error, sent, &outcome)
        }
    }

    private func react(
        to error: ResourceManagerError,
        _ sent: (read: Reading, roles: Set<String>)?,
        _ outcome: inout Outcome
    ) -> Step {
        if let sent, error.mayHaveBeenApplied {
            outcome.unconfirmed = UnconfirmedWrite(
                removed: sent.read.edit.expired.filter { sent.roles.contains($0.role) },
                etagBefore: sent.read.edit.etagBefore,
                now: sent.read.now,
                notices: outcome.notices
            )
        }
        outcome.lastFailure = error
        switch error {
        case .conflict, .timedOut, .unavailable, .unexpected:
            return .tryAgain(atLeast: .zero)
        case .rateLimited(let seconds, _):
            if let seconds { outcome.quietUntil = time.uptime() + .seconds(seconds) }
            return .tryAgain(atLeast: .seconds(seconds ?? 1))
        case .invalidArgument(let detail):
            guard let sent else { break }
            outcome.invalid = (sent.read.policy.etag, detail)
            // Not attributed to a role yet, so it must not be the final failure if time runs out.
            outcome.lastFailure = .outOfTime(last: detail)
            return .tryAgain(atLeast: .zero)
        case .permissionDenied(_, let isWhole):
            guard let sent, !isWhole else { break }
            outcome.lastFailure = .outOfTime(last: error.detail)
            outcome.parts.refuse(error)
            if outcome.parts.open(sent.read.roles).isEmpty { outcome.settle(sent.read) }
            return .goOn
        case .credentials, .serviceDisabled, .notFound, .outOfTime, .policyNotUnderstood, .cancelled: break
        }
        outcome.fail(error)
        return .goOn
    }

    private func timeLeft(_ leader: Ticket) -> Duration { leader.request.deadline - time.uptime() }

    private func callTime(_ leader: Ticket) -> Duration { min(timeLeft(leader), Self.longestCall) }
}

extension Duration {
    /// Whole seconds, rounded up.
    fileprivate var wholeSecondsUp: Int64 {
        let (seconds, attoseconds) = components
        return seconds + (attoseconds > 0 ? 1 : 0)
    }
}
