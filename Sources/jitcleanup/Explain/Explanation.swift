internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import JITAccess
internal import Timestamps
internal import Webhook

/// What the service would do with a message, step by step: a pure function of the message, the policy and the time.
///
/// The steps are those of the service's `PushHandler` and `ActivationCleaner`, by the same parts.
struct Explanation: Sendable {
    /// A step and what was found in it.
    struct Step: Equatable, Sendable {
        var title: String
        var lines: [String]
    }

    private(set) var steps: [Step] = []
    private let at: Instant
    private let settings: CommandSettings

    /// Explains what the service would do.
    ///
    /// - Parameters:
    ///   - content: A push envelope, or message data.
    ///   - origin: The attribute `origin` that goes with bare data.
    ///   - policy: The answer of `getIamPolicy`; nil if it is not known.
    ///   - at: The time, of our clock and Google's alike.
    ///   - settings: What the operator wants.
    init(_ content: [UInt8], origin: String?, policy: [UInt8]?, at: Instant, settings: CommandSettings) {
        self.at = at
        self.settings = settings
        let input = ExplainedInput(content, origin: origin, subscriptions: settings.subscriptions.map(\.description))
        steps.append(Step(title: "Input: \(input.summary)", lines: input.lines))
        guard let message = input.message else {
            end(input.answer)
            return
        }
        switch MessageReader.read(data: message.data, origin: message.origin) {
        case .ignored(let kind):
            steps.append(Step(title: "Message: \(Self.meaning(kind))", lines: []))
            end(["204: acknowledged, and nothing is done"])
        case .unusable(let fault):
            let title = "Message: it can never be acted on: \(fault.reason)"
            steps.append(Step(title: title, lines: []))
            end(setAside)
        case .activation(let activation):
            explain(activation, policy)
        }
    }

    /// The steps, numbered; nothing of the message or policy can move a terminal's cursor.
    var text: String {
        steps.enumerated().map { number, step in
            let lines = step.lines.map { $0.isEmpty ? "\n" : "   \(PrintableText.escaped($0))\n" }.joined()
            return "\(number + 1). \(PrintableText.escaped(step.title))\n\(lines)"
        }.joined(separator: "\n")
    }

    private mutating func explain(_ activation: Activation, _ policy: [UInt8]?) {
        let family =
            switch activation.family {
            case .released: "JIT Access 1.5 to 1.8.1"
            case .origin: "a build of 2023"
            }
        steps.append(
            Step(
                title: "Message: an activation (\(family))",
                lines: [
                    "project  \(activation.project)", "user     \(activation.beneficiary)",
                    "roles    \(activation.roles.joined(separator: ", "))", "from     \(activation.start)",
                    "until    \(activation.end)",
                ]
            )
        )
        guard ProjectID(activation.project) != nil else {
            steps.append(Step(title: "Project: \(activation.project) is no project ID", lines: []))
            return end(setAside)
        }
        guard settings.rules.allowedProjects.allow(activation.project) else {
            steps.append(Step(title: "Project: \(activation.project) is not among ALLOWED_PROJECTS", lines: []))
            return end(setAside)
        }
        steps.append(Step(title: "Project: \(activation.project) may be cleaned", lines: []))
        let due = activation.end.adding(seconds: settings.rules.graceSeconds)
        let wait = at.wholeSeconds(until: due)
        let isHeld = wait > 0 && wait <= settings.hold.holdSeconds
        steps.append(
            Step(
                title: wait > 0 ? "Time: it has not ended" : "Time: it has ended",
                lines: ["now      \(at)", "end      \(activation.end), and \(settings.rules.graceSeconds) s of grace"]
            )
        )
        let examined = policy.map {
            ExplainedPolicy($0, removal: settings.rules.removal(for: activation), at: max(at, due), settings.rules)
        }
        if let examined { steps.append(Step(title: "Policy: \(examined.summary)", lines: examined.lines)) }
        if wait > 0, !isHeld {
            return end([
                "425 with Retry-After: \(wait), and Pub/Sub delivers it again by its retry policy",
                "from \(due) on: \(examined?.outcome ?? withoutPolicy(activation))",
            ])
        }
        let start = isHeld ? ["the push is held open for \(wait) s, until \(due)"] : []
        guard let examined, examined.fault != nil else {
            return end(start + [examined?.outcome ?? withoutPolicy(activation)])
        }
        let giveUp = activation.end.adding(seconds: settings.rules.giveUpSeconds)
        let isGivenUp = max(at, due) >= giveUp
        let refused = ["503, again and again until \(giveUp) (GIVE_UP_SECONDS)"] + setAside.map { "then \($0)" }
        end(start + (isGivenUp ? setAside : refused))
    }

    private mutating func end(_ lines: [String]) {
        let isDryRun = settings.rules.isDryRun ? ["(DRY_RUN is set: no policy is written)"] : []
        steps.append(Step(title: "Outcome", lines: lines + isDryRun))
    }

    private var setAside: [String] {
        let place =
            settings.pubsub.quarantineTopic.map { "published to \($0)" }
            ?? "logged as an ERROR, message.dropped, with its first 64 KiB"
        return ["204: acknowledged, and \(place)"]
    }

    private func withoutPolicy(_ activation: Activation) -> String {
        let what =
            switch settings.rules.scope {
            case .project: "every JIT Access binding"
            case .activation: "this activation's bindings (CLEANUP_SCOPE=activation)"
            }
        return "the policy of \(activation.project) is read, and \(what) whose own condition has expired is removed; "
            + "then 204 (give --policy to see which)"
    }

    private static func meaning(_ kind: IgnoredMessage) -> String {
        switch kind {
        case .noBinding(let type): "\(type), which makes no binding"
        case .ownEcho: "an announcement of this service or its predecessor (origin=jit-cleanup)"
        case .foreign: "not one of JIT Access"
        }
    }
}
