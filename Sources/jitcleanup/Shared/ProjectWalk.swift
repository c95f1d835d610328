internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy

/// Finds the projects, folders and organizations selected on the command line.
struct ProjectWalk: Sendable {
    /// The maximum nesting of folders (https://docs.cloud.google.com/resource-manager/docs/limits).
    static let maximumDepth = 10
    /// The maximum folders, and the maximum projects, that one command visits.
    static let maximumCount = 100_000

    /// The resources found, and what could not be searched.
    struct Findings: Sendable {
        /// The resources without duplicates: first the projects named on the command line, then the others by ID, then
        /// folders and organizations.
        var resources: [PolicyResource] = []
        /// The folders and organizations that could not be searched completely.
        var failures: [ParentFailure] = []
        /// The number of projects found that may not be changed.
        var skipped = 0
        /// Whether every folder was visited; false if the walk was stopped.
        var isComplete = true
    }

    let resourceManager: ResourceManager
    /// The rules that decide which resources to keep.
    let rules: CleanupRules
    let scope: ScopeOptions

    /// Walks all folders, level by level.
    ///
    /// A folder that cannot be listed is recorded as a failure and does not affect the others.
    ///
    /// - Parameter isStopped: Checked before each folder; if true, the walk stops.
    /// - Returns: The findings up to that point.
    func run(unless isStopped: @Sendable () -> Bool = { false }) async -> Findings {
        var findings = Findings()
        var found: Set<ProjectID> = []
        var visited = Set(scope.under)
        var level = Array(visited).sorted { $0.name < $1.name }
        var depth = 0
        while !level.isEmpty {
            var next: [ResourceContainer] = []
            let contents = await inParallel(level, atMost: scope.parallel, unless: isStopped) { await content(of: $0) }
            for (container, content) in zip(level, contents) {
                guard let content else {
                    findings.isComplete = false
                    continue
                }
                findings.failures += content.failures.map { ParentFailure(parent: container.name, failure: $0) }
                found.formUnion(content.projects)
                next += content.folders.filter { visited.insert($0).inserted }
            }
            depth += 1
            if depth > Self.maximumDepth || visited.count > Self.maximumCount || found.count > Self.maximumCount {
                let failure = ProjectFailure(
                    reason: "too-many",
                    detail: "deeper than \(Self.maximumDepth) folders, or more than \(Self.maximumCount) in all"
                )
                findings.failures += next.map { ParentFailure(parent: $0.name, failure: failure) }
                next = []
            }
            level = next
        }
        var named: Set<ProjectID> = []
        findings.resources = scope.project.filter { named.insert($0).inserted }.map { .project($0) }
        let others = found.subtracting(named).sorted { $0.value < $1.value }
        let projects = others.filter { rules.allowedProjects.contain($0.value) }
        findings.skipped = others.count - projects.count
        let containers = visited.sorted { $0.name < $1.name }
        findings.resources += (projects.map { .project($0) } + containers.map { .container($0) })
            .filter { rules.resources.contains($0.kind) }
        return findings
    }

    private struct Content: Sendable {
        var projects: [ProjectID] = []
        var folders: [ResourceContainer] = []
        var failures: [ProjectFailure] = []
    }

    private func content(of container: ResourceContainer) async -> Content {
        var content = Content()
        do throws(ResourceManagerError) {
            for id in try await resourceManager.projects(in: container, within: scope.timeLimit) {
                if let project = ProjectID(id) {
                    content.projects.append(project)
                } else {
                    content.failures.append(ProjectFailure(reason: "impossible-project", detail: id))
                }
            }
        } catch {
            content.failures.append(ProjectFailure(error))
        }
        do throws(ResourceManagerError) {
            content.folders = try await resourceManager.folders(in: container, within: scope.timeLimit)
        } catch {
            content.failures.append(ProjectFailure(error))
        }
        return content
    }
}
