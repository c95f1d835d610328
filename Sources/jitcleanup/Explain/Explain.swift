internal import ArgumentParser
internal import Cleanup
internal import IAMPolicy
internal import LosslessJSON
internal import Timestamps
internal import Webhook

/// `jitcleanup explain`: what would happen, without doing it.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what would happen for a message, and why, without doing it.",
        discussion: """
            Reads a push envelope as Pub/Sub posts it, or the bare data of a message, and says step by step what it is \
            and what the service would do with it; with a policy also what becomes of each JIT Access binding, as a \
            difference. It calls nothing and needs no credentials. What is said follows the settings of the service, \
            where the environment has them: EXPIRY_GRACE_SECONDS, ALLOWED_PROJECTS, GIVE_UP_SECONDS, \
            PUBSUB_SUBSCRIPTION_PATH, QUARANTINE_TOPIC_NAME, DRY_RUN. Tokens are not looked at.

            Examples:
              jitcleanup explain push.json
              gcloud projects get-iam-policy my-project --format=json >policy.json
              jitcleanup explain push.json --policy policy.json
              jitcleanup explain push.json --policy policy.json --at 2026-01-31T12:00:00Z
              gcloud pubsub subscriptions pull SUBSCRIPTION --format='value(message.data)' | base64 -d |
                jitcleanup explain - --origin jit-binding
              jitcleanup explain --schedule --activation 8h --min-backoff 10 --max-backoff 600

            Exit codes: 0 explained, 1 a file could not be read, 64 usage or settings.
            """
    )

    @Argument(
        help: ArgumentHelp("A push envelope or message data; - is standard input.", valueName: "file"),
        completion: .file()
    )
    var file: String?

    @Option(help: ArgumentHelp("The attribute 'origin' of bare data, which the 2023 builds set.", valueName: "text"))
    var origin: String?

    @Option(
        help: ArgumentHelp("The project's policy, as getIamPolicy or gcloud answers it.", valueName: "file"),
        completion: .file()
    )
    var policy: String?

    @Option(help: ArgumentHelp("The instant to go by (2026-01-31T12:00:00Z); now, unless given.", valueName: "instant"))
    var at: InstantArgument?

    @Flag(help: "When an activation's message is delivered, and when its bindings are removed.")
    var schedule = false

    @Option(help: ArgumentHelp("How long the activation lasts (90s, 15m, 2h, 7d).", valueName: "time"))
    var activation = SecondsArgument(7200)

    @Option(help: ArgumentHelp("EXPIRY_GRACE_SECONDS, whatever the environment says.", valueName: "time"))
    var grace: SecondsArgument?

    @Option(help: ArgumentHelp("The subscription's --min-retry-delay, at most 600 s.", valueName: "time"))
    var minBackoff = SecondsArgument(10)

    @Option(help: ArgumentHelp("The subscription's --max-retry-delay, at most 600 s.", valueName: "time"))
    var maxBackoff = SecondsArgument(600)

    func validate() throws {
        guard schedule || file != nil else {
            throw ValidationError("nothing to explain: give a file, - for standard input, or --schedule")
        }
        guard !schedule || file == nil else { throw ValidationError("a file and --schedule exclude each other") }
        guard file != "-" || policy != "-" else { throw ValidationError("standard input can be read only once") }
        guard !schedule || (policy == nil && at == nil && origin == nil) else {
            throw ValidationError("--policy, --at and --origin are about a message, not about --schedule")
        }
        guard minBackoff.seconds <= maxBackoff.seconds, maxBackoff.seconds <= 600 else {
            throw ValidationError("backoffs are at most 600 s, and the minimum is not above the maximum")
        }
    }

    func run() async throws {
        var settings = try CommandSettings.load()
        if let grace { settings.rules.graceSeconds = Int64(grace.seconds) }
        guard let file else {
            try CommandOutput.write(ScheduleText.text(choice(settings)) + "\n")
            return
        }
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

    private func choice(_ settings: CommandSettings) -> DeliverySchedule.Choice {
        DeliverySchedule.Choice(
            activation: activation.seconds,
            grace: Int(settings.rules.graceSeconds),
            minimumBackoff: minBackoff.seconds,
            maximumBackoff: maxBackoff.seconds
        )
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
