package import ExpiryNotices
package import GoogleCloud
package import IAMPolicy
package import Timestamps

/// The operator's rules for removals.
package struct CleanupRules: Sendable {
    /// Decide and report as usual, but write nothing.
    package var isDryRun: Bool
    /// Seconds a binding is left alone after its end, to allow for clock differences.
    package var graceSeconds: Int64
    /// Seconds after a notice's last end before a permanently refused notice is given up.
    package var giveUpSeconds: Int64
    /// The titles of the bindings that may be removed once they are proven dead.
    package var titles: NamePatterns
    /// The kinds of resource whose policies may be changed.
    package var resources: Set<ResourceKind>
    /// The IDs of the projects that may be changed; does not restrict folders or organizations.
    package var allowedProjects: NamePatterns

    /// Creates rules, with the documented defaults.
    package init(
        isDryRun: Bool = false,
        graceSeconds: Int64 = 60,
        giveUpSeconds: Int64 = 86_400,
        titles: NamePatterns = .activations,
        resources: Set<ResourceKind> = [.projects],
        allowedProjects: NamePatterns = .any
    ) {
        self.isDryRun = isDryRun
        self.graceSeconds = graceSeconds
        self.giveUpSeconds = giveUpSeconds
        self.titles = titles
        self.resources = resources
        self.allowedProjects = allowedProjects
    }

    /// The resource with this name, if its policy may be changed.
    package func resource(named name: String) -> Result<PolicyResource, UnusableNotice> {
        guard let resource = PolicyResource(name) else {
            return .failure(name.hasPrefix("projects/") ? .impossibleProject : .impossibleResource)
        }
        guard resources.contains(resource.kind) else { return .failure(.resourceNotAllowed) }
        if let project = resource.projectID, !allowedProjects.contain(project) { return .failure(.projectNotAllowed) }
        return .success(resource)
    }

    /// The bindings to remove from a policy, and those to keep.
    package func edit(_ policy: Policy, now: Instant) -> PolicyEdit {
        policy.edit(now: now, graceSeconds: graceSeconds, titles: titles)
    }

    /// The policy's bindings whose title is in scope, each with its state.
    package func bindings(of policy: Policy, at now: Instant) -> [(binding: Binding, state: BindingState)] {
        policy.bindingsInScope(at: now, graceSeconds: graceSeconds, titles: titles)
    }

    /// Whether a notice is old enough to be given up, or set aside, once it is permanently refused.
    package func isPastGivingUp(_ notice: ExpiryNotice, at now: Instant) -> Bool {
        notice.lastEnd.adding(seconds: giveUpSeconds) <= now
    }
}

/// Why a readable notice can never be acted on.
package enum UnusableNotice: String, Error {
    /// Its project ID is not valid on Google Cloud.
    case impossibleProject = "impossible-project"
    /// It names no project, folder or organization.
    case impossibleResource = "impossible-resource"
    /// Its project is not in `ALLOWED_PROJECTS`.
    case projectNotAllowed = "project-not-allowed"
    /// Its kind of resource is not in `CLEANUP_RESOURCES`.
    case resourceNotAllowed = "resource-not-allowed"
}

extension UnusableNotice {
    /// The specific problem with a resource; may contain untrusted text.
    package func detail(_ resource: String) -> String {
        let parts = resource.split(separator: "/", omittingEmptySubsequences: false)
        guard self == .impossibleProject, parts.count == 2, Int64(parts[1]) != nil else { return resource }
        return "\(resource) is a project number; messages must name projects by their IDs"
    }
}
