/// What the operator decided about removals.
package struct CleanupRules: Sendable {
    /// Decide and report as always, but write nothing.
    package var isDryRun: Bool
    /// Seconds after its end during which a binding is left alone, for clocks that differ.
    package var graceSeconds: Int64
    /// Seconds after its last end from which a notice that is refused for good is given up.
    package var giveUpSeconds: Int64
    /// The projects that a message may name.
    package var allowedProjects: ProjectPatterns

    /// Rules with the documented defaults.
    package init(
        isDryRun: Bool = false,
        graceSeconds: Int64 = 60,
        giveUpSeconds: Int64 = 86_400,
        allowedProjects: ProjectPatterns = .any
    ) {
        self.isDryRun = isDryRun
        self.graceSeconds = graceSeconds
        self.giveUpSeconds = giveUpSeconds
        self.allowedProjects = allowedProjects
    }
}
