internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// The read-modify-write of one project's policy for a group of callers, repeated whole until it stands.
struct PolicyTransaction: Sendable {
    let resourceManager: ResourceManager
    let rules: CleanupRules
    let schedule: RetrySchedule
    let time: TimeSource

    /// The longest single call; the leader's deadline cuts it shorter.
    private static let longestCall: Duration = .seconds(20)
    /// Below this much time left no further call is begun.
    private static let shortestCall: Duration = .milliseconds(50)
    /// So many message IDs go into the audit log's reason.
    private static let namedCauses = 5

    struct Outcome {
        /// Everyone who took part, the leader included.
        var tickets: [Ticket]
        /// Answers by ticket; none for those whom the leader's deadline left behind.
        var results: [Int: CommitResult] = [:]
        var write: PolicyWrite?
        var lastProblem = "no time for a first try"
    }

    /// A removal that has been computed, and perhaps written, for some of the callers.
    private struct Decision {
        var reports: [Int: CommitReport]
        var edit: PolicyEdit
        var causes: [String]
    }

    /// Runs until every caller has an answer, or the leader's time is over.
    ///
    /// - Parameters:
    ///   - project: Whose policy it is.
    ///   - leader: The caller whose deadline counts.
    ///   - join: Hands over those who have come meanwhile; asked before each read, since a read serves all of them.
    /// - Returns: The answers, and the write if there was one.
    func run(_ project: ProjectID, leader: Ticket, join: @Sendable () async -> [Ticket]) async -> Outcome {
        var outcome = Outcome(tickets: [leader])
        var failures = 0
        // A write whose reply was lost: only the next read can tell whether it was applied.
        var unconfirmed: Decision?
        var refusedEtag: String?

        while timeLeft(leader) > Self.shortestCall, !Task.isCancelled {
            outcome.tickets += await join()
            do throws(ResourceManagerError) {
                let read = try await resourceManager.getIamPolicy(project: project, within: callTime(leader))
                let policy: Policy
                do throws(PolicyError) { policy = try Policy(read.bytes) } catch {
                    return answerAll(&outcome, .failed(.policy(error)))
                }
                if let etag = refusedEtag, etag == policy.etag {
                    return answerAll(&outcome, .failed(.refused(outcome.lastProblem)))
                }
                // A clock of ours that runs ahead must not cost anyone access.
                let now = min(time.now(), read.date)
                let decision = decide(policy, now: now, &outcome)
                guard let body = decision.edit.setIamPolicyBody, !rules.isDryRun else {
                    finish(&outcome, project, decision, confirmedBefore: unconfirmed, etagAfter: nil)
                    return outcome
                }
                do throws(ResourceManagerError) {
                    let etagAfter = try await resourceManager.setIamPolicy(
                        project: project,
                        body: body,
                        reason: reason(decision.causes),
                        within: callTime(leader)
                    )
                    finish(&outcome, project, decision, confirmedBefore: nil, etagAfter: etagAfter)
                    return outcome
                } catch {
                    if case .unavailable(_, mayHaveBeenApplied: true) = error { unconfirmed = decision }
                    if case .invalidArgument = error { refusedEtag = policy.etag }
                    throw error
                }
            } catch {
                outcome.lastProblem = "\(error)"
                switch reaction(to: error, hasBeenRefused: refusedEtag != nil) {
                case .giveUp(let failure):
                    return answerAll(&outcome, .failed(failure))
                case .tryAgain(let atLeast):
                    let pause = max(schedule.pause(afterFailure: failures), atLeast)
                    failures += 1
                    guard pause < timeLeft(leader) else {
                        if case .rateLimited(let seconds) = error {
                            return answerAll(&outcome, .failed(.rateLimited(retryAfterSeconds: seconds)))
                        }
                        return outcome
                    }
                    // Cancellation ends the loop by itself.
                    try? await time.sleep(pause)
                }
            }
        }
        if Task.isCancelled { outcome.results[leader.id] = .failed(.cancelled) }
        return outcome
    }

    private func timeLeft(_ leader: Ticket) -> Duration { leader.request.deadline - time.uptime() }

    private func callTime(_ leader: Ticket) -> Duration { min(timeLeft(leader), Self.longestCall) }

    private func answerAll(_ outcome: inout Outcome, _ result: CommitResult) -> Outcome {
        for ticket in outcome.tickets where outcome.results[ticket.id] == nil { outcome.results[ticket.id] = result }
        return outcome
    }

    /// Computes the removal for those whose activation has ended; answers the others.
    private func decide(_ policy: Policy, now: Instant, _ outcome: inout Outcome) -> Decision {
        outcome.results = [:]
        var ended: [Ticket] = []
        for ticket in outcome.tickets {
            if ticket.request.end.adding(seconds: rules.graceSeconds) > now {
                outcome.results[ticket.id] = .notEnded(now: now)
            } else {
                ended.append(ticket)
            }
        }
        let edit = policy.edit(ended.map(\.request.removal), now: now, graceSeconds: rules.graceSeconds)
        var reports: [Int: CommitReport] = [:]
        for (ticket, removal) in zip(ended, edit.outcomes) {
            reports[ticket.id] = CommitReport(
                removed: removal.removed,
                remaining: removal.remaining + edit.notUnderstood
            )
        }
        return Decision(reports: reports, edit: edit, causes: ended.map(\.request.cause))
    }

    /// Answers everyone of a decision that stands: written, confirmed by a later read, or with nothing to write.
    private func finish(
        _ outcome: inout Outcome,
        _ project: ProjectID,
        _ decision: Decision,
        confirmedBefore: Decision?,
        etagAfter: String?
    ) {
        for (id, report) in decision.reports {
            let earlier = confirmedBefore?.reports[id]?.removed ?? []
            outcome.results[id] = .done(CommitReport(removed: earlier + report.removed, remaining: report.remaining))
        }
        let standing = confirmedBefore ?? decision
        guard !standing.edit.removed.isEmpty else { return }
        outcome.write = PolicyWrite(
            project: project,
            removed: standing.edit.removed,
            causes: standing.causes,
            etagBefore: standing.edit.etagBefore,
            etagAfter: etagAfter,
            time: time.now(),
            isDryRun: rules.isDryRun
        )
    }

    private enum Reaction {
        case giveUp(CommitFailure)
        case tryAgain(atLeast: Duration)
    }

    private func reaction(to error: ResourceManagerError, hasBeenRefused: Bool) -> Reaction {
        switch error {
        case .conflict, .unavailable, .unexpected: .tryAgain(atLeast: .zero)
        case .rateLimited(let seconds): .tryAgain(atLeast: .seconds(seconds ?? 1))
        case .credentials(let detail): .giveUp(.credentials(detail))
        case .serviceDisabled(let detail): .giveUp(.serviceDisabled(detail))
        case .permissionDenied(let detail): .giveUp(.permissionDenied(detail))
        case .notFound(let detail): .giveUp(.notFound(detail))
        // A refused write is tried once more if the policy has changed meanwhile; a refused read never.
        case .invalidArgument(let detail): hasBeenRefused ? .tryAgain(atLeast: .zero) : .giveUp(.refused(detail))
        }
    }

    private func reason(_ causes: [String]) -> String {
        let named = causes.prefix(Self.namedCauses).joined(separator: ", ")
        let more = causes.count - Self.namedCauses
        return
            "jitcleanup: expired JIT Access bindings (Pub/Sub message \(named)\(more > 0 ? " and \(more) more" : ""))"
    }
}
