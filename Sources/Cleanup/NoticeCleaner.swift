internal import GoogleCloud
internal import IAMPolicy
package import JITAccess
package import Timestamps

/// Decides what is to be done for one activation, and does it.
package struct ActivationCleaner: Sendable {
    private let committer: PolicyCommitter
    private let holding: HoldingRoom
    private let curfew: Curfew
    private let rules: CleanupRules
    private let time: TimeSource

    /// A cleaner that commits through the given committer.
    package init(
        committer: PolicyCommitter,
        holding: HoldingRoom,
        curfew: Curfew,
        rules: CleanupRules,
        time: TimeSource
    ) {
        self.committer = committer
        self.holding = holding
        self.curfew = curfew
        self.rules = rules
        self.time = time
    }

    /// Clears an activation from its project's policy if it has ended.
    ///
    /// - Parameters:
    ///   - activation: What a message said.
    ///   - cause: The Pub/Sub message ID, for the audit log.
    ///   - timeout: How long an answer may take, not counting the time until the activation's end.
    ///   - sender: Who waits for the answer; only watched while the activation is held.
    /// - Returns: What became of it.
    package func clean(
        _ activation: Activation,
        cause: String,
        timeout: Duration,
        sender: PushSender = .unknown
    ) async -> CleanupOutcome {
        guard let project = ProjectID(activation.project) else { return .unusable(.impossibleProject) }
        guard rules.allowedProjects.allow(activation.project) else { return .unusable(.projectNotAllowed) }
        let due = activation.end.adding(seconds: rules.graceSeconds)
        let now = time.now()
        if now < due {
            // Google's `Date` has whole seconds: earlier it could not say that the end has passed.
            switch await holding.hold(for: now.duration(until: due.roundedUp), sender: sender) {
            case .over: break
            case .notHeld:
                return .notEnded(retryAfterSeconds: now.wholeSeconds(until: due), googleIsBehindSeconds: nil)
            case .interrupted: return .interrupted
            }
        }
        let deadline = time.uptime() + timeout
        let request = CommitRequest(
            removal: rules.removal(for: activation),
            end: activation.end,
            cause: cause,
            deadline: deadline
        )
        var result = await commit(request, to: project, within: timeout)
        if case .notEnded(let now) = result {
            // Google's clock may be a little behind: whoever was held until the end by our clock is held a second time
            // rather than sent away, if that leaves time to clean.
            let wait = Duration.seconds(max(1, now.wholeSeconds(until: due)))
            if time.uptime() + wait < deadline {
                switch await holding.hold(for: wait, sender: sender) {
                case .over: result = await commit(request, to: project, within: deadline - time.uptime())
                case .notHeld: break
                case .interrupted: return .interrupted
                }
            }
        }
        return outcome(of: result, for: activation, due: due)
    }

    /// Commits within the time allowed, whatever a hung service in between does; sooner if the service shuts down.
    private func commit(
        _ request: CommitRequest,
        to project: ProjectID,
        within timeout: Duration
    ) async -> CommitResult {
        // A second later, since the committer's own answer says more.
        let (result, ending) = await curfew.limit(to: timeout + .seconds(1)) {
            await committer.commit(request, to: project)
        }
        switch (ending, result) {
        case (.outOfTime, .failed(.cancelled)): return .failed(.outOfTime(last: "no answer from Google's services"))
        case (.interrupted, .failed): return .failed(.cancelled)
        case (.done, _), (.outOfTime, _), (.interrupted, _): return result
        }
    }

    private func outcome(of result: CommitResult, for activation: Activation, due: Instant) -> CleanupOutcome {
        switch result {
        case .done(let report):
            return .clean(report)
        case .notEnded(let now):
            return .notEnded(
                retryAfterSeconds: max(1, now.wholeSeconds(until: due)),
                googleIsBehindSeconds: now.wholeSeconds(until: time.now())
            )
        case .failed(.cancelled):
            return .interrupted
        case .failed(let failure):
            let giveUp = activation.end.adding(seconds: rules.giveUpSeconds)
            return failure.isPermanent && time.now() >= giveUp ? .givenUp(failure) : .failedForNow(failure)
        }
    }
}

/// What became of one activation.
package enum CleanupOutcome: Sendable {
    /// Nothing of it is left in the policy.
    case clean(CommitReport)
    /// It has not ended; the second number is by how much our clock is ahead of Google's, where that decided.
    case notEnded(retryAfterSeconds: Int64, googleIsBehindSeconds: Int64?)
    /// It can never be acted on.
    case unusable(UnusableActivation)
    /// It could not be cleared; trying again may help.
    case failedForNow(CommitFailure)
    /// It could not be cleared for so long after its end that no more is tried.
    case givenUp(CommitFailure)
    /// The service is shutting down, or the caller has gone.
    case interrupted
}

/// Why an activation that could be read can still never be acted on.
package enum UnusableActivation: String, Sendable {
    /// Its project is none that Google Cloud could have.
    case impossibleProject = "impossible-project"
    /// Its project is not among `ALLOWED_PROJECTS`.
    case projectNotAllowed = "project-not-allowed"
}
