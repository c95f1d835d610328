internal import ArgumentParser
internal import GoogleCloud

/// Which projects a command is about, and how fast it goes through them.
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

    @Option(help: ArgumentHelp("So many projects at a time, 1 to 64.", valueName: "number"))
    var parallel = 8

    @Option(help: ArgumentHelp("The time for one project or folder, retries included (90s, 5m).", valueName: "time"))
    var timeout = SecondsArgument(120)

    func validate() throws {
        guard !project.isEmpty || !under.isEmpty else {
            throw ValidationError("which projects? Give --project ID, or --under folders/N or organizations/N")
        }
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel is a number from 1 to 64") }
        guard timeout.seconds >= 1 else { throw ValidationError("--timeout is at least 1s") }
    }
}

extension ProjectID: ExpressibleByArgument {
    /// For the command line.
    package init?(argument: String) { self.init(argument) }
}

extension ResourceContainer: ExpressibleByArgument {
    /// For the command line.
    package init?(argument: String) { self.init(argument) }
}
