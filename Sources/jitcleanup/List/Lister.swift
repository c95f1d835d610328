internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Service
internal import Timestamps

/// Reads policies and lists the temporary bindings in them.
struct Lister: Sendable {
    let google: GoogleAccess
    let rules: CleanupRules
    let scope: ScopeOptions
    let progress: ProgressLine

    /// Reads the policies of all resources in scope.
    func run() async -> ListReport {
        var report = ListReport(time: google.time.now())
        progress.begin("Looking for projects")
        let walk = ProjectWalk(resourceManager: google.resourceManager, rules: rules, scope: scope)
        let findings = await walk.run()
        report.failures = findings.failures
        let resources = findings.resources.filter { (try? rules.resource(named: $0.name).get()) != nil }
        report.skippedCount = findings.skipped + findings.resources.count - resources.count
        progress.begin("Reading", of: resources.count)
        let readings = await inParallel(resources, atMost: scope.parallel) { resource in
            let reading = await reading(of: resource)
            progress.advance(removed: (try? reading.get().bindings.count) ?? 0, isFailure: reading.isFailure)
            return reading
        }
        for (resource, reading) in zip(resources, readings) {
            switch reading {
            case .success(let reading):
                report.usages.append(reading.usage)
                report.bindings += reading.bindings
            case .failure(let error):
                report.failures.append(ParentFailure(parent: resource.name, failure: ProjectFailure(error)))
            case nil: break
            }
        }
        return report
    }

    private struct Reading: Sendable {
        let bindings: [ListReport.Entry]
        let usage: ListReport.Usage
    }

    private func reading(of resource: PolicyResource) async -> Result<Reading, ResourceManagerError> {
        let resourceManager = google.resourceManager
        let read: PolicyRead
        do throws(ResourceManagerError) {
            read = try await ReadRetries(time: google.time).run(within: scope.timeLimit) {
                (time: Duration) async throws(ResourceManagerError) -> PolicyRead in
                try await resourceManager.getIamPolicy(of: resource, within: time)
            }
        } catch {
            return .failure(error)
        }
        do throws(PolicyError) {
            // As for a removal: if our clock runs ahead, nothing must be called expired because of it.
            let now = min(google.time.now(), read.date)
            let policy = try Policy(read.bytes)
            let expired = rules.edit(policy, now: now).expired
            let usage = ListReport.Usage(
                resource: resource,
                now: PolicyUsage(policy),
                swept: PolicyUsage(policy, without: expired)
            )
            let bindings = rules.bindings(of: policy, at: now).map { ListReport.Entry(resource, $0.binding, $0.state) }
            return .success(Reading(bindings: bindings, usage: usage))
        } catch {
            return .failure(.policyNotUnderstood(detail: "\(error)"))
        }
    }
}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
