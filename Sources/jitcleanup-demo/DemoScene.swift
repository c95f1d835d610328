internal import LocalCloud
internal import Timestamps

/// What is on the stage: one project's policy, and the messages of JIT Access and the audit log about it.
struct DemoScene: Sendable {
    static let project = "shop-production"
    /// The topic's last name.
    static let topic = "jit-access"
    /// The queue, where notices wait in Cloud Tasks.
    static let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/jitcleanup"
    /// After how many seconds the activation that the audience waits for ends.
    static let endsAfterSeconds: Int64 = 6
    /// A second is enough for the difference between clocks of one machine.
    static let graceSeconds: Int64 = 1

    /// A message, and what is to become of it.
    struct Message: Sendable {
        enum Fate: Sendable {
            /// It is acknowledged in the end.
            case acknowledged
            /// It is sent back again and again, for its activation lives on.
            case waiting
        }

        /// What it is, for people.
        let label: String
        let message: OutgoingMessage
        let fate: Fate
        /// How often it is acknowledged: by Pub/Sub's delivery, and by a task's.
        var acknowledgements = 1
    }

    let policy: LocalPolicy.Demo
    let messages: [Message]

    /// The scene as of now.
    ///
    /// - Parameters:
    ///   - now: The time that the scene counts from.
    ///   - waitsOneAtATime: Whether no two messages are to be refused at the same time, as the emulator stops delivering then.
    ///   - tasks: Whether notices wait in Cloud Tasks.
    init(now: Instant, waitsOneAtATime: Bool = false, tasks: Bool = false) {
        policy = LocalPolicy.demo(project: Self.project, now: now, endingSoonAfter: Self.endsAfterSeconds)
        let ended = policy.ended
        let kinds: [JITAccessMessageKind] = [.selfApproved, .approved, .approvedWithResourceCondition, .binding]
        var messages = zip(ended, kinds).map {
            Message(label: "ended: \(Self.name($0))", message: $0.message($1), fate: .acknowledged)
        }
        messages += [
            Message(
                label: "ends in \(Self.endsAfterSeconds) s: \(Self.name(policy.endingSoon))",
                message: policy.endingSoon.message(.selfApproved),
                fate: .acknowledged,
                acknowledgements: tasks ? 2 : 1
            ),
            Message(
                label: "audit entry: Google's console granted \(policy.endedGrants[0].role), which has ended",
                message: Self.entry(policy.endedGrants[0], at: now.adding(seconds: -10_000)),
                fate: .acknowledged
            ),
            Message(
                label: "audit entry: Terraform adds \(policy.endedGrants[1].role) again, though it has ended",
                message: Self.entry(policy.endedGrants[1], at: now.adding(seconds: -600)),
                fate: .acknowledged
            ),
            Message(
                label: "lives for hours: \(Self.name(policy.live))",
                message: policy.live.message(.selfApproved),
                fate: tasks ? .acknowledged : .waiting
            ),
            Message(
                label: "a request, not yet approved",
                message: policy.live.message(.requested),
                fate: .acknowledged
            ),
            Message(
                label: "the predecessor's echo",
                message: policy.live.message(.cleanupEcho),
                fate: .acknowledged
            ),
            Message(
                label: "broken: it has no end",
                message: OutgoingMessage(
                    data: Array(
                        #"{"type":"ActivationSelfApproved","attributes":{"project_id":"shop-production"}}"#.utf8
                    )
                ),
                fate: .acknowledged
            ),
        ]
        self.messages = waitsOneAtATime ? messages.filter { $0.fate != .waiting } : messages
    }

    /// How the service is set up here, beside where the stand-in is.
    static func settings(_ cloud: LocalCloud, tasks: Bool = false) -> [String: String] {
        var settings = [
            "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "EXPIRY_GRACE_SECONDS": "\(graceSeconds)",
            "PROJECT_ID": cloud.options.projectID, "BINDING_TITLES": "*",
        ]
        if tasks { settings["TASK_QUEUE_PATH"] = queue }
        return settings
    }

    private static func entry(_ grant: TemporaryGrant, at time: Instant) -> OutgoingMessage {
        OutgoingMessage(data: AuditLogEntry.text(adding: [grant], to: "projects/\(project)", at: time))
    }

    private static func name(_ activation: LocalActivation) -> String {
        "\(activation.user), \(activation.roles.joined(separator: ", "))"
    }
}
