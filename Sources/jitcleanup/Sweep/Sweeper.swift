internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Logging
internal import Service
internal import Timestamps

/// Finds the resources and sweeps each with the service's committer.
struct Sweeper: Sendable {
    let google: GoogleAccess
    let rules: CleanupRules
    let scope: ScopeOptions
    let progress: ProgressLine

    /// Sweeps all resources, and starts no more once told to stop.
    func run(_ stop: StopRequest) async -> SweepReport {
        var report = SweepReport(time: google.time.now(), isDryRun: rules.isDryRun)
        progress.begin("Looking for projects")
        let walk = ProjectWalk(resourceManager: google.resourceManager, rules: rules, scope: scope)
        let findings = await walk.run(unless: { stop.isRequested })
        report.failures = findings.failures
        report.skippedCount = findings.skipped
        progress.begin("Sweeping", of: findings.resources.count)

        let committer = committer()
        let outcomes = await inParallel(findings.resources, atMost: scope.parallel, unless: { stop.isRequested }) {
            let outcome = await sweep($0, committer)
            progress.advance(removed: outcome.removed.count, isFailure: outcome.isFailure)
            return outcome
        }
        report.resources = zip(findings.resources, outcomes).map { ($0, $1 ?? .notBegun) }
        // A signal that arrived after all work had started, and that all of it outlasted, changed nothing.
        report.isInterrupted = !findings.isComplete || report.resources.contains { $0.outcome.isCutShort }
        return report
    }

    private func sweep(_ resource: PolicyResource, _ committer: PolicyCommitter) async -> SweepReport.Outcome {
        if case .failure(let why) = rules.resource(named: resource.name) { return .skipped(why) }
        let request = LookRequest(notice: nil, deadline: google.time.uptime() + scope.timeLimit)
        switch await committer.look(at: resource, request) {
        case .success(let look):
            let kept = look.kept.filter { $0.state.reason != nil && !$0.state.isOfOthers }
            guard let failure = ProjectFailure(of: look) else { return .swept(removed: look.removed, kept: kept) }
            return .failed(failure, removed: look.removed, kept: kept)
        case .failure(.cancelled): return .failed(.interrupted)
        case .failure(let failure): return .failed(ProjectFailure(failure))
        }
    }

    private func committer() -> PolicyCommitter {
        let writeLog = WriteLog(logger())
        let announcer = Announcer(topic: google.settings.pubsub.topic, publisher: google.publisher, time: google.time)
        return PolicyCommitter(
            resourceManager: google.resourceManager,
            rules: rules,
            time: google.time,
            concurrency: scope.parallel,
            onWrite: { await writeLog.log($0, announcedBy: announcer) }
        )
    }

    /// Logs the audit trail to standard error line by line, so that it survives however the process ends; on a
    /// terminal, only errors are shown, and the result at the end.
    private func logger() -> Logger {
        let (level, format) = google.settings.log
        return format.logger(
            level: progress.isShown ? max(level, .error) : level,
            time: google.time,
            output: progress.write
        )
    }
}

extension ProjectFailure {
    /// Summarizes the expired bindings that stay, by role; nil if there are none.
    fileprivate init?(of look: Look) {
        let refused = Dictionary(look.refused.map { ($0.binding.role, $0.failure) }) { first, _ in first }
        var parts = refused.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.detail)" }
        let untried = Set(look.untried.map(\.role)).sorted()
        if !untried.isEmpty { parts.append("not tried yet, run it again: \(untried.joined(separator: ", "))") }
        guard !parts.isEmpty else { return nil }
        self.init(reason: look.refused.first?.failure.reason ?? "out-of-time", detail: parts.joined(separator: "; "))
    }

    fileprivate static let interrupted = ProjectFailure(
        reason: "interrupted",
        detail: "stopped in the middle: it may have been written"
    )
}

extension SweepReport.Outcome {
    fileprivate var isCutShort: Bool {
        switch self {
        case .notBegun: true
        case .failed(let failure, _, _): failure == .interrupted
        case .swept, .skipped: false
        }
    }

    fileprivate var isFailure: Bool { if case .failed = self { true } else { false } }
}
