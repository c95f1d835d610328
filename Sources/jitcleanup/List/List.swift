internal import ArgumentParser
internal import IAMPolicy
internal import LosslessJSON
internal import Service

/// `jitcleanup list`: lists temporary bindings and their current state.
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List temporary bindings and their state.",
        discussion: """
            Lists bindings with a condition whose title is in scope: JIT Access's, unless --titles says otherwise ('*' \
            for all). States: live; scheduled (begins later); within-grace (ended less than EXPIRY_GRACE_SECONDS ago); \
            expired (what sweep and the service remove); never-granted (no instant makes the condition true: it stays); \
            no-end (no end can be proven: it stays); not-understood (the condition cannot be read, or JIT Access does \
            not write it: it stays, and the reason says why); pam (Privileged Access Manager removes it itself). JIT \
            Access's markers of eligibility grant nothing; --state not-understood shows them. Policies that could not \
            be read are named on standard error, and in JSON.

            --limits shows how near each policy is to IAM's limits, and in brackets what removing its expired bindings \
            would free: 1,500 principals (every appearance), 250 groups and domains, 20 conditions for one role and \
            principal (https://docs.cloud.google.com/iam/quotas), 100 conditional bindings recommended \
            (https://docs.cloud.google.com/iam/docs/conditions-overview); a few tens of kilobytes. These are estimates.

            It needs resourcemanager.projects.getIamPolicy on the projects, and for --under \
            resourcemanager.projects.list and resourcemanager.folders.list on the folders or organization; with \
            --resources folders organizations also .getIamPolicy on those. Settings: \
            EXPIRY_GRACE_SECONDS, BINDING_TITLES, CLEANUP_RESOURCES, RESOURCE_MANAGER_URL, GCE_METADATA_HOST. Credentials are found where gcloud's libraries \
            find them.

            Examples:
              jitcleanup list --project my-project
              jitcleanup list --under folders/1234 --titles '*' --state expired no-end
              jitcleanup list --under folders/1234 --output csv >bindings.csv
              jitcleanup list --project my-project --titles '*' --limits
              jitcleanup list --project my-project --output json |
                jq '.bindings[] | select(.state == "live")'

            Exit codes: 0 nothing has expired, 1 something could not be read, 2 expired bindings are there (whether or \
            not --state shows them), 64 usage, settings or credentials.
            """
    )

    @OptionGroup var scope: ScopeOptions

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Only bindings of these states.", valueName: "state"))
    var state: [ListedState] = []

    @Flag(help: "How near each policy is to IAM's limits, in the place of its bindings (JSON always has both).")
    var limits = false

    @Option(help: ArgumentHelp("How the result is written.", valueName: "format"))
    var output = ListFormat.table

    func run() async throws {
        let settings = try CommandSettings.load()
        let report = try await withGoogle(settings) { google in
            let progress = ProgressLine(isShown: ProcessEnvironment.isErrorTerminal)
            defer { progress.clear() }
            let rules = scope.rules(settings.rules)
            return await Lister(google: google, rules: rules, scope: scope, progress: progress).run()
        }
        try CommandOutput.write(output.text(report, states: Set(state), limits: limits))
        for line in report.notes { CommandOutput.note(line) }
        if report.exitCode != .success { throw report.exitCode }
    }
}

/// A state that `--state` can select.
enum ListedState: String, CaseIterable, ExpressibleByArgument {
    case live
    case scheduled
    case withinGrace = "within-grace"
    case expired
    case neverGranted = "never-granted"
    case noEnd = "no-end"
    case notUnderstood = "not-understood"
    case pam
}

/// The output format of `list`.
enum ListFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case json
    case csv

    /// The report limited to these states; without any, to all bindings except eligibility markers.
    func text(_ report: ListReport, states: Set<ListedState> = [], limits: Bool = false) -> String {
        var report = report
        let names = Set(states.map(\.rawValue))
        report.bindings = report.bindings.filter {
            names.isEmpty ? $0.state != .notUnderstood(.eligibilityMarker) : names.contains($0.state.name)
        }
        return switch self {
        case .table: limits ? report.limitsTable : report.table
        case .json: report.json.indentedText
        case .csv: limits ? report.limitsCSV : report.csv
        }
    }
}
