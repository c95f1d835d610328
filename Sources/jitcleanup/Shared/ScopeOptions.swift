internal import ArgumentParser
internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Service

/// The options for which resources a command covers, and how fast.
struct ScopeOptions: ParsableArguments {
    @Option(parsing: .upToNextOption, help: ArgumentHelp("These projects, by their IDs.", valueName: "project-id"))
    var project: [ProjectID] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Every active project in these and in all folders below: folders/N or organizations/N, by number.",
            valueName: "parent"
        )
    )
    var under: [ResourceContainer] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Not these projects, by ID or prefix ('sys-*').", valueName: "projects")
    )
    var exclude: [String] = []

    @Option(
        help: ArgumentHelp(
            "Titles in scope; overrides BINDING_TITLES ('temp-*,expires_*', '*,!breakglass').",
            valueName: "titles"
        )
    )
    var titles: TitlesArgument?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Which policies: projects, folders, organizations (the last two with --under only).",
            valueName: "kind"
        )
    )
    var resources: [ResourceKind] = []

    @Option(help: ArgumentHelp("How many policies are read at a time, 1 to 64.", valueName: "number"))
    var parallel = 8

    @Option(help: ArgumentHelp("The time for one project or folder, retries included (90s, 5m).", valueName: "time"))
    var timeout = SecondsArgument(120)

    /// The time for one project or folder.
    var timeLimit: Duration { .seconds(timeout.seconds) }

    /// The rules from the environment, overridden by the command line.
    func rules(_ rules: CleanupRules) -> CleanupRules {
        var rules = rules
        if let titles { rules.titles = titles.patterns }
        if !resources.isEmpty { rules.resources = Set(resources) }
        if let allowed = rules.allowedProjects.excluding(exclude) { rules.allowedProjects = allowed }
        return rules
    }

    func validate() throws {
        guard !project.isEmpty || !under.isEmpty else {
            throw ValidationError("which projects? Give --project ID, or --under folders/N or organizations/N")
        }
        guard NamePatterns.any.excluding(exclude) != nil else {
            throw ValidationError("--exclude takes project IDs, or prefixes ending in *")
        }
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel is a number from 1 to 64") }
        guard timeout.seconds >= 1 else { throw ValidationError("--timeout is at least 1s") }
    }
}

/// Titles on the command line, comma-separated as in `BINDING_TITLES`.
struct TitlesArgument: ExpressibleByArgument {
    let patterns: NamePatterns

    init?(argument: String) {
        guard let patterns = NamePatterns(SettingsReader.split(argument)) else { return nil }
        self.patterns = patterns
    }
}

extension ResourceKind: ExpressibleByArgument {}

extension ProjectID: ExpressibleByArgument {
    /// Parses a command-line argument.
    package init?(argument: String) { self.init(argument) }
}

extension ResourceContainer: ExpressibleByArgument {
    /// Parses a command-line argument.
    package init?(argument: String) { self.init(argument) }
}
