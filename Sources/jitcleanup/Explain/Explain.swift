internal import ArgumentParser
internal import Cleanup
internal import IAMPolicy
internal import LosslessJSON
internal import PushEndpoint
internal import Service
internal import Timestamps

/// `jitcleanup explain`: explains what the service would do with a message, without doing it.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what would happen for a message, and why, without doing it.",
        discussion: """
            Reads messages as Pub/Sub pushes them, as gcloud and the APIs print pulled ones, Cloud Tasks and audit entries \
            (also many of them), or the bare data of one, and says step by step what each is and what the service would do \
            with it; with a policy also what becomes of each binding in scope. \
            It calls nothing and needs no credentials. What is said follows the settings of the service, \
            where the environment has them: EXPIRY_GRACE_SECONDS, BINDING_TITLES, CLEANUP_RESOURCES, ALLOWED_PROJECTS, GIVE_UP_SECONDS, \
            PUBSUB_SUBSCRIPTION_PATH, PUBSUB_TOPIC_NAME, QUARANTINE_TOPIC_NAME, TASK_QUEUE_PATH, DRY_RUN. \
            Tokens are not looked at.

            Examples:
              jitcleanup explain push.json
              gcloud projects get-iam-policy my-project --format=json >policy.json
              jitcleanup explain push.json --policy policy.json
              jitcleanup explain push.json --policy policy.json --at 2026-01-31T12:00:00Z
              gcloud pubsub subscriptions pull SUBSCRIPTION --format=json |
                jitcleanup explain -
              gcloud logging read protoPayload.methodName:SetIamPolicy \\
                --format=json | jitcleanup explain -
              gcloud tasks describe TASK --queue=QUEUE --location=LOCATION \\
                --response-view=full --format=json | jitcleanup explain -

            Exit codes: 0 explained, 1 a file was not understood, 64 usage or settings.
            """
    )

    @Argument(
        help: ArgumentHelp("The messages; - is standard input.", valueName: "file"),
        completion: .file()
    )
    var file: String

    @Option(help: ArgumentHelp("The attribute 'origin' of bare data, which the 2023 builds set.", valueName: "text"))
    var origin: String?

    @Option(
        help: ArgumentHelp(
            "The resource's policy: the answer of getIamPolicy, or gcloud's with --format=json.",
            valueName: "file"
        ),
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
        let (messages, policy): ([ExplainedInput], InputFile?)
        do throws(InputFile.Failure) { (messages, policy) = try read(settings) } catch {
            CommandOutput.note("jitcleanup: \(error)")
            throw ExitCode.failure
        }
        let now = at?.instant ?? TimeSource.system.now()
        let texts = messages.enumerated().map { number, message in
            (messages.count == 1 ? "" : "Message \(number + 1) of \(messages.count)\n\n")
                + Explanation(message, policy: policy?.bytes, at: now, settings: settings).text
        }
        try CommandOutput.write(texts.joined(separator: "\n"))
    }

    private func read(_ settings: CommandSettings) throws(InputFile.Failure) -> ([ExplainedInput], InputFile?) {
        let file = try InputFile(path: file, maximumBytes: PushEnvelope.maximumBytes)
        let messages = try MessageFile(file: file, origin: origin, settings: settings).messages()
        guard let policy else { return (messages, nil) }
        let policyFile = try InputFile(path: policy, maximumBytes: Policy.rules.maximumBytes)
        try policyFile.checkLooksLikePolicy()
        let resources = Set(messages.compactMap(\.resource))
        guard resources.count < 2 else {
            throw file.failure("its messages are about \(resources.count) resources, and --policy is one resource's")
        }
        return (messages, policyFile)
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
