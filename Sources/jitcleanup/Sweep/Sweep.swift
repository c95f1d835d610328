internal import ArgumentParser
internal import Cleanup
internal import LosslessJSON
internal import Service
internal import Timestamps
internal import UnixSignals

/// `jitcleanup sweep`: removes bindings that expired before the service was deployed, or that no message announced.
struct Sweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Remove expired bindings now, without Pub/Sub.",
        discussion: """
            For what expired before the service was there, and for bindings that no message announced. Removes by the \
            same rules and with the same writes as the service: only bindings whose title is in scope (JIT Access's, \
            unless --titles says otherwise) and whose own condition has ended for good, with the etag of the policy as \
            it was read. Privileged Access Manager's bindings always stay.

            Settings are those of the service, as far as they concern it: EXPIRY_GRACE_SECONDS, BINDING_TITLES, \
            CLEANUP_RESOURCES, ALLOWED_PROJECTS (other projects are skipped), PUBSUB_TOPIC_NAME (removals are announced there), DRY_RUN, LOG_LEVEL, LOG_FORMAT, \
            RESOURCE_MANAGER_URL, PUBSUB_EMULATOR_HOST, GCE_METADATA_HOST. Credentials are found where gcloud's libraries \
            find them. It needs \
            resourcemanager.projects.getIamPolicy and .setIamPolicy on the projects, and for --under \
            resourcemanager.projects.list and resourcemanager.folders.list on the folders or organization; with \
            --resources folders organizations also .getIamPolicy and .setIamPolicy on those.

            Ctrl-C begins no further project, lets writes in flight end, and says what was done. Nothing is lost: each \
            policy is the old one or the new one, and the next run does the rest.

            Examples:
              jitcleanup sweep --project my-project --dry-run
              jitcleanup sweep --project my-project other-project --output json
              jitcleanup sweep --project my-project --titles '*,!breakglass*' --dry-run
              jitcleanup sweep --under organizations/123456789012 --older-than 7d
              jitcleanup sweep --under folders/1234 folders/5678 --parallel 16

            Exit codes: 0 done, 1 something failed or it was interrupted, 2 a dry run found something to remove (0 as a \
            Cloud Run job), 64 usage, settings or credentials.
            """
    )

    /// How long writes in flight may continue after a signal; Cloud Run kills the process after 10 s.
    private static let shutdownSeconds = 8

    @OptionGroup var scope: ScopeOptions

    @Flag(help: "Change nothing; show what would be removed.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Only bindings that ended this long ago (12h, 7d), plus EXPIRY_GRACE_SECONDS.",
            valueName: "time"
        )
    )
    var olderThan = SecondsArgument(0)

    @Option(help: ArgumentHelp("How the result is written.", valueName: "format"))
    var output = SweepFormat.table

    func run() async throws {
        let settings = try CommandSettings.load()
        ProcessEnvironment.ignoreBrokenPipes()
        var rules = scope.rules(settings.rules)
        // `DRY_RUN` of the service must not be undone by a command that shares its environment.
        rules.isDryRun = rules.isDryRun || dryRun
        // A binding must have been dead for that long, so this extends the grace period.
        rules.graceSeconds += Int64(olderThan.seconds)
        let report = try await withGoogle(settings) { google in
            let progress = ProgressLine(isShown: ProcessEnvironment.isErrorTerminal)
            let sweeper = Sweeper(google: google, rules: rules, scope: scope, progress: progress)
            defer { progress.clear() }
            let stop = StopRequest()
            // A separate task, so that it can be cancelled and still be awaited.
            let work = Task { await sweeper.run(stop) }
            return try await UnixSignalsSequence(trapping: .sigint, .sigterm).watch {
                stop.request()
                progress.note(
                    "Interrupted: waiting up to \(Self.shutdownSeconds) s for writes; interrupt again to stop now"
                )
                if (try? await TimeSource.system.sleep(.seconds(Self.shutdownSeconds))) != nil { work.cancel() }
            } second: { _ in
                work.cancel()
            } during: {
                await work.value
            }
        }
        try CommandOutput.write(output.text(report))
        for line in report.notes { CommandOutput.note(line) }
        // Otherwise Cloud Run would mark the execution as failed, and retry it.
        if report.exitCode == .somethingLeft, ProcessEnvironment.variables["CLOUD_RUN_JOB"] != nil { return }
        if report.exitCode != .success { throw report.exitCode }
    }
}

/// The output format of `sweep`.
enum SweepFormat: String, CaseIterable, ExpressibleByArgument {
    case table
    case json

    func text(_ report: SweepReport) -> String {
        switch self {
        case .table: report.table
        case .json: report.json.indentedText
        }
    }
}
