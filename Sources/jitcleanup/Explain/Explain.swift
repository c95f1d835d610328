internal import ArgumentParser
internal import Cleanup
internal import IAMPolicy
internal import LosslessJSON
internal import PushEndpoint
internal import Service
internal import Timestamps

/// `jitcleanup explain`: what would happen, without doing it.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what would happen for a message, and why, without doing it.",
        discussion: """
            Reads a push envelope as Pub/Sub posts it, or the bare data of a message, and says step by step what it is \
            and what the service would do with it; with a policy also what becomes of each binding in scope. \
            It calls nothing and needs no credentials. What is said follows the settings of the service, \
            where the environment has them: EXPIRY_GRACE_SECONDS, BINDING_TITLES, CLEANUP_RESOURCES, ALLOWED_PROJECTS, GIVE_UP_SECONDS, \
            PUBSUB_SUBSCRIPTION_PATH, QUARANTINE_TOPIC_NAME, DRY_RUN. Tokens are not looked at.

            Examples:
              jitcleanup explain push.json
              gcloud projects get-iam-policy my-project --format=json >policy.json
              jitcleanup explain push.json --policy policy.json
              jitcleanup explain push.json --policy policy.json --at 2026-01-31T12:00:00Z
              gcloud pubsub subscriptions pull SUBSCRIPTION \\
                --format='value(message.data)' | jitcleanup explain - --origin jit-binding

            Exit codes: 0 explained, 1 a file could not be read, 64 usage or settings.
            """
    )

    @Argument(
        help: ArgumentHelp("A push envelope or message data; - is standard input.", valueName: "file"),
        completion: .file()
    )
    var file: String

    @Option(help: ArgumentHelp("The attribute 'origin' of bare data, which the 2023 builds set.", valueName: "text"))
    var origin: String?

    @Option(
        help: ArgumentHelp("The resource's policy, as getIamPolicy or gcloud answers it.", valueName: "file"),
        completion: .file()
    )
    var policy: String?

    @Option(help: ArgumentHelp("Titles in scope; overrides BINDING_TITLES.", valueName: "titles"))
    var titles: TitlesArgument?

    @Option(help: ArgumentHelp("The instant to go by (2026-01-31T12:00:00Z); now, unless given.", valueName: "instant"))
    var at: InstantArgument?

    func validate() throws {
        guard file != "-" || policy != "-" else { throw ValidationError("standard input can be read only once") }
    }

    func run() async throws {
        var settings = try CommandSettings.load()
        if let titles { settings.rules.titles = titles.patterns }
        let content: [UInt8]
        var policyContent: [UInt8]?
        do throws(InputFile.Failure) {
            content = try InputFile.read(file, maximumBytes: PushEnvelope.maximumBytes)
            if let policy { policyContent = try InputFile.read(policy, maximumBytes: Policy.rules.maximumBytes) }
        } catch {
            CommandOutput.note("jitcleanup: \(error)")
            throw ExitCode.failure
        }
        let explanation = Explanation(
            content,
            origin: origin,
            policy: policyContent,
            at: at?.instant ?? TimeSource.system.now(),
            settings: settings
        )
        try CommandOutput.write(explanation.text)
    }
}

/// An instant on the command line (RFC 3339).
struct InstantArgument: ExpressibleByArgument {
    let instant: Instant

    init?(argument: String) {
        guard let instant = Instant(argument, spelling: .javaTime) else { return nil }
        self.instant = instant
    }
}
