package import ExpiryNotices
package import GoogleCloud
package import IAMPolicy
package import Timestamps

/// What the operator decided about removals.
package struct CleanupRules: Sendable {
    /// Decide and report as always, but write nothing.
    package var isDryRun: Bool
    /// Seconds after its end during which a binding is left alone, for clocks that differ.
    package var graceSeconds: Int64
    /// Seconds after its last end from which a notice that is refused for good is given up.
    package var giveUpSeconds: Int64
    /// The titles of the bindings that may be removed, once they are proven dead.
    package var titles: NamePatterns
    /// Whose policies may be changed.
    package var resources: Set<ResourceKind>
    /// The projects that may be changed, by their IDs; says nothing about folders and organizations.
    package var allowedProjects: NamePatterns

    /// Rules with the documented defaults.
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

    /// The resource of this name, if its policy may be changed.
    package func resource(named name: String) -> Result<PolicyResource, UnusableNotice> {
        guard let resource = PolicyResource(name) else {
            return .failure(name.hasPrefix("projects/") ? .impossibleProject : .impossibleResource)
        }
        guard resources.contains(resource.kind) else { return .failure(.resourceNotAllowed) }
        if let project = resource.projectID, !allowedProjects.contain(project) { return .failure(.projectNotAllowed) }
        return .success(resource)
    }

    /// What may go from a policy.
    package func edit(_ policy: Policy, now: Instant) -> PolicyEdit {
        policy.edit(now: now, graceSeconds: graceSeconds, titles: titles)
    }

    /// The bindings of a policy that the titles mean, each with its state.
    package func bindings(of policy: Policy, at now: Instant) -> [(binding: Binding, state: BindingState)] {
        policy.bindingsInScope(at: now, graceSeconds: graceSeconds, titles: titles)
    }

    /// Whether a notice is so old that it is given up, or set aside, once it is refused for good.
    package func isPastGivingUp(_ notice: ExpiryNotice, at now: Instant) -> Bool {
        notice.lastEnd.adding(seconds: giveUpSeconds) <= now
    }
}
