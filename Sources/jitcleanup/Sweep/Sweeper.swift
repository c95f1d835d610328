internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Logging
internal import Timestamps

/// Finds the projects and clears each, through the committer of the service.
struct Sweeper: Sendable {
    let google: GoogleAccess
    let rules: CleanupRules
    let scope: ScopeOptions
    let progress: ProgressLine

    /// Clears all projects, and begins no more once it is told to stop.
    func run(_ stop: StopRequest) async -> SweepReport {
        var report = SweepReport(time: google.time.now(), isDryRun: rules.isDryRun)
        progress.begin("Looking for projects")
        let timeout: Duration = .seconds(scope.timeout.seconds)
        let walk = ProjectWalk(hierarchy: google.hierarchy, parallel: scope.parallel, timeout: timeout)
        let findings = await walk.run(scope, unless: { stop.isRequested })
        report.failures = findings.failures
        progress.begin("Sweeping", of: findings.projects.count)

        let committer = committer()
        let fates = await inParallel(findings.projects, atMost: scope.parallel, unless: { stop.isRequested }) {
            let fate = await sweep($0, committer, timeout)
            progress.advance(removed: fate.removed.count, isFailure: fate.isFailure)
            return fate
        }
        report.projects = zip(findings.projects, fates).map { ($0, $1 ?? .notBegun) }
        report.isInterrupted = stop.isRequested
        return report
    }

    private func sweep(
        _ project: ProjectID,
        _ committer: PolicyCommitter,
        _ timeout: Duration
    ) async -> SweepReport.Fate {
        guard rules.allowedProjects.allow(project.value) else { return .skipped }
        let request = CommitRequest(
            removal: .allExpired,
            // No activation is waited for: each binding's own condition decides.
            end: Instant(seconds: 0),
            cause: nil,
            deadline: google.time.uptime() + timeout
        )
        switch await committer.commit(request, to: project) {
        case .done(let report): return .swept(removed: report.removed, kept: report.remaining)
        case .notEnded(let now): return .failed(ProjectFailure(reason: "clock", detail: "by a clock it is \(now)"))
        case .failed(.cancelled):
            let detail = "stopped in the middle: it may have been written"
            return .failed(ProjectFailure(reason: "interrupted", detail: detail))
        case .failed(let failure): return .failed(ProjectFailure(commit: failure))
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
            onWrite: { write in
                writeLog.log(write)
                writeLog.log(await announcer.announce(write), of: write)
            }
        )
    }

    /// The audit trail goes to standard error line by line, so that it is there whatever ends the process; a person at
    /// a terminal sees errors only, and the result at the end.
    private func logger() -> Logger {
        let (level, format) = google.settings.log
        return format.logger(
            level: progress.isShown ? max(level, .error) : level,
            time: google.time,
            output: progress.write
        )
    }
}

extension SweepReport.Fate {
    fileprivate var isFailure: Bool { if case .failed = self { true } else { false } }
}
