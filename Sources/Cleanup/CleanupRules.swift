/// What the operator decided about removals.
package struct CleanupRules: Sendable {
    /// How much of a policy an ended activation clears.
    package enum Scope: String, Sendable, CaseIterable {
        /// Every expired JIT Access binding of its project's policy.
        case project
        /// Only the activation's own.
        case activation
    }

    /// How much of a policy an ended activation clears.
    package var scope: Scope
    /// Decide and report as always, but write nothing.
    package var isDryRun: Bool
    /// Seconds after its end during which a binding is left alone, for clocks that differ.
    package var graceSeconds: Int64
    /// Seconds after its end from which an activation that cannot be cleaned is given up.
    package var giveUpSeconds: Int64
    /// The projects that a message may name.
    package var allowedProjects: ProjectPatterns

    /// Rules with the documented defaults.
    package init(
        scope: Scope = .project,
        isDryRun: Bool = false,
        graceSeconds: Int64 = 60,
        giveUpSeconds: Int64 = 86_400,
        allowedProjects: ProjectPatterns = .any
    ) {
        self.scope = scope
        self.isDryRun = isDryRun
        self.graceSeconds = graceSeconds
        self.giveUpSeconds = giveUpSeconds
        self.allowedProjects = allowedProjects
    }
}
