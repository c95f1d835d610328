package import GoogleCloud
package import Timestamps

/// Groups the edits of one project's policy: whoever comes while a read-modify-write runs shares the next one.
///
/// Natural batching, as in a database's group commit: no timer and no idle wait, so a lone edit starts at once, and
/// it all happens within the requests that wait for it (Cloud Run gives a CPU only to those). The first caller leads;
/// when its read-modify-write is over, a waiting caller leads the next. Projects do not wait for each other.
package actor PolicyCommitter {
    /// How many projects are edited at a time, unless told otherwise.
    package static let defaultConcurrency = 32

    private enum Turn {
        case lead
        case answer(CommitResult)
    }

    private let transaction: PolicyTransaction
    private let time: TimeSource
    private let concurrency: Int
    private let onWrite: @Sendable (PolicyWrite) async -> Void

    /// A project has a lane while a leader is at work; in it wait those for the next turn, in order of arrival.
    private var lanes: [ProjectID: [Ticket]] = [:]
    /// The waiting callers.
    ///
    /// Taking one out is the permit to resume it.
    private var waiters: [Int: CheckedContinuation<Turn, Never>] = [:]
    /// Leaders that wait because `concurrency` others are at work.
    private var leadersWaiting: [Int] = []
    private var leadersAtWork = 0
    private var lastTicket = 0

    /// A committer that writes through the given service.
    ///
    /// - Parameters:
    ///   - resourceManager: Where policies are read and written.
    ///   - rules: What the operator decided about removals.
    ///   - schedule: The pauses between tries.
    ///   - time: The clocks.
    ///   - concurrency: How many projects are edited at a time.
    ///   - onWrite: Told of each confirmed write (or would-be write on a dry run), before its callers are answered.
    package init(
        resourceManager: ResourceManager,
        rules: CleanupRules,
        schedule: RetrySchedule = RetrySchedule(),
        time: TimeSource,
        concurrency: Int = defaultConcurrency,
        onWrite: @escaping @Sendable (PolicyWrite) async -> Void
    ) {
        self.transaction = PolicyTransaction(
            resourceManager: resourceManager,
            rules: rules,
            schedule: schedule,
            time: time
        )
        self.time = time
        self.concurrency = concurrency
        self.onWrite = onWrite
    }

    /// Clears an ended activation from a project's policy, together with whatever else waits for that project.
    ///
    /// Answers by the request's deadline, or when the task is cancelled.
    package func commit(_ request: CommitRequest, to project: ProjectID) async -> CommitResult {
        lastTicket += 1
        let ticket = Ticket(id: lastTicket, request: request)
        if lanes[project] == nil {
            lanes[project] = []
        } else {
            lanes[project]?.append(ticket)
            if case .answer(let result) = await turn(of: ticket) { return result }
        }
        let result = await lead(ticket, project)
        passLead(of: project)
        return result
    }

    private func lead(_ own: Ticket, _ project: ProjectID) async -> CommitResult {
        if leadersAtWork < concurrency {
            leadersAtWork += 1
        } else {
            leadersWaiting.append(own.id)
            if case .answer(let result) = await turn(of: own) { return result }
        }
        let outcome = await transaction.run(project, leader: own) { await self.takeWaiting(project) }
        releaseLeader()
        if let write = outcome.write { await onWrite(write) }
        for ticket in outcome.tickets where ticket.id != own.id {
            if let result = outcome.results[ticket.id] {
                resume(ticket.id, .answer(result))
            } else if waiters[ticket.id] != nil {
                // The leader's time ran out, but not this one's.
                lanes[project]?.append(ticket)
            }
        }
        return outcome.results[own.id] ?? .failed(.outOfTime(last: outcome.lastProblem))
    }

    private func takeWaiting(_ project: ProjectID) -> [Ticket] {
        let waiting = lanes[project] ?? []
        lanes[project] = []
        return waiting
    }

    private func passLead(of project: ProjectID) {
        guard let next = lanes[project]?.first else {
            lanes[project] = nil
            return
        }
        lanes[project]?.removeFirst()
        resume(next.id, .lead)
    }

    private func releaseLeader() {
        if leadersWaiting.isEmpty {
            leadersAtWork -= 1
        } else {
            resume(leadersWaiting.removeFirst(), .lead)
        }
    }

    /// Waits until somebody resumes this caller, at the latest at its deadline or when its task is cancelled.
    private func turn(of ticket: Ticket) async -> Turn {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [time] in
                // Ends early when the turn has come, or when the caller has gone.
                try? await time.sleep(ticket.request.deadline - time.uptime())
                await self.expire(ticket.id)
            }
            let turn = await withCheckedContinuation { waiters[ticket.id] = $0 }
            group.cancelAll()
            return turn
        }
    }

    private func expire(_ id: Int) {
        guard waiters[id] != nil else { return }
        leadersWaiting.removeAll { $0 == id }
        for project in lanes.keys { lanes[project]?.removeAll { $0.id == id } }
        resume(id, .answer(.failed(.outOfTime(last: "waiting for other edits of the same project"))))
    }

    private func resume(_ id: Int, _ turn: Turn) {
        waiters.removeValue(forKey: id)?.resume(returning: turn)
    }
}

/// One caller in line.
struct Ticket: Sendable {
    let id: Int
    let request: CommitRequest
}
