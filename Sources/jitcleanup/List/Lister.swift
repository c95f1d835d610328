internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Service
internal import Timestamps

/// Reads the policies of projects and looks at JIT Access's bindings in them.
struct Lister: Sendable {
    let google: GoogleAccess
    let scope: ScopeOptions
    let progress: ProgressLine

    /// Reads all projects.
    func run() async -> ListReport {
        var report = ListReport(time: google.time.now())
        progress.begin("Looking for projects")
        let timeout: Duration = .seconds(scope.timeout.seconds)
        let walk = ProjectWalk(hierarchy: google.hierarchy, parallel: scope.parallel, timeout: timeout)
        let findings = await walk.run(scope)
        report.failures = findings.failures
        progress.begin("Reading", of: findings.projects.count)
        let readings = await inParallel(findings.projects, atMost: scope.parallel) { project in
            let reading = await bindings(of: project, within: timeout)
            progress.advance(removed: (try? reading.get().count) ?? 0, isFailure: reading.isFailure)
            return reading
        }
        for (project, reading) in zip(findings.projects, readings) {
            switch reading {
            case .success(let bindings):
                report.projectCount += 1
                report.bindings += bindings
            case .failure(let error):
                report.failures.append(ParentFailure(parent: "projects/\(project)", failure: error.failure))
            case nil: break
            }
        }
        return report
    }

    private struct ReadingError: Error {
        let failure: ProjectFailure
    }

    private func bindings(
        of project: ProjectID,
        within timeout: Duration
    ) async -> Result<[ListReport.Entry], ReadingError> {
        let resourceManager = google.resourceManager
        let read: PolicyRead
        do throws(ResourceManagerError) {
            read = try await ReadRetries(time: google.time).run(within: timeout) {
                (time: Duration) async throws(ResourceManagerError) -> PolicyRead in
                try await resourceManager.getIamPolicy(project: project, within: time)
            }
        } catch {
            return .failure(ReadingError(failure: ProjectFailure(read: error)))
        }
        do throws(PolicyError) {
            // As for a removal: a clock of ours that runs ahead must not call anything expired.
            let now = min(google.time.now(), read.date)
            let grace = google.settings.rules.graceSeconds
            return .success(
                try Policy(read.bytes).bindingsInScope(at: now, graceSeconds: grace).map {
                    ListReport.Entry(project, $0.binding, $0.state)
                }
            )
        } catch {
            return .failure(ReadingError(failure: ProjectFailure(commit: .policy(error))))
        }
    }
}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
