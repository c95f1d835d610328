internal import IAMPolicy
internal import LocalCloud
internal import LosslessJSON
internal import Timestamps

/// The demo's action: publish, watch every delivery, compare the policy, and judge.
struct DemoPlay: Sendable {
    /// How long the audience should have to wait at most.
    private static let patience: Duration = .seconds(60)

    let scene: DemoScene
    let cloud: LocalCloud
    let pubSub: any DemoPubSub
    let screen: DemoScreen

    /// Plays, and says whether everything came out right.
    func run() async throws -> Bool {
        try cloud.resourceManager.setPolicy(DemoScene.project, scene.policy.json)
        guard let before = cloud.resourceManager.policy(DemoScene.project)?.bytes else { return false }
        screen.title("The policy of \(DemoScene.project): its bindings under a condition")
        let linesBefore = try bindingLines(before)
        for line in linesBefore { screen.say("  \(line.state)  \(line.what)") }
        screen.title("Messages and their deliveries (\(pubSub.name))")
        let deliveries = cloud.deliveries.stream()
        let messages = try await publishAll()
        let isComplete = await watch(deliveries, messages)

        guard let after = cloud.resourceManager.policy(DemoScene.project)?.bytes else { return false }
        screen.title("What has gone from the policy")
        let kept = Set(try bindingLines(after).map(\.what))
        for line in linesBefore where !kept.contains(line.what) { screen.removal(line.what) }
        let faults = (isComplete ? [] : ["not every message came to its end in time"]) + judge(before, after, messages)
        screen.verdict(faults, summary: summary)
        return faults.isEmpty
    }

    private func bindingLines(_ policy: [UInt8]) throws -> [(state: String, what: String)] {
        let now = TimeSource.system.now()
        return try Policy(policy).bindingsInScope(at: now, graceSeconds: DemoScene.graceSeconds, titles: .any)
            .map { binding, state in
                let what = "\(binding.title ?? ""): \(binding.members?.first?.text ?? "")  \(binding.role)"
                switch state {
                case .expired(let window): return ("expired  until \(window.end)", what)
                case .live(let window), .withinGrace(let window): return ("live     until \(window.end)", what)
                case .scheduled(let window): return ("later    until \(window.end)", what)
                case .notUnderstood(.eligibilityMarker): return ("eligible                     ", what)
                case .pam: return ("stays    PAM removes it      ", what)
                case .noEnd: return ("stays    no end is proven    ", what)
                case .neverGranted, .notUnderstood, .notInScope: return ("stays                        ", what)
                }
            }
    }

    private func publishAll() async throws -> [String: DemoScene.Message] {
        var labels: [String: DemoScene.Message] = [:]
        for message in scene.messages {
            let id = try await pubSub.publish(message.message)
            labels[id] = message
            screen.say("  published \(id): \(message.label)")
        }
        return labels
    }

    /// Shows deliveries until every message has come to its end, or patience does.
    private func watch(_ deliveries: AsyncStream<DeliveryRecord>, _ messages: [String: DemoScene.Message]) async -> Bool
    {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                var open = messages.mapValues(\.acknowledgements)
                for await record in deliveries {
                    guard let message = messages[record.messageID] else { continue }
                    screen.delivery(record, message.label)
                    if record.isAcknowledged || message.fate == .waiting { open[record.messageID, default: 1] -= 1 }
                    if open.values.allSatisfy({ $0 <= 0 }) { return true }
                }
                return false
            }
            group.addTask {
                try? await TimeSource.system.sleep(Self.patience)
                return false
            }
            let isComplete = await group.next() ?? false
            group.cancelAll()
            return isComplete
        }
    }

    /// Lists what is not as it should be.
    ///
    /// The texts are compared without the service's own policy code.
    private func judge(_ before: [UInt8], _ after: [UInt8], _ messages: [String: DemoScene.Message]) -> [String] {
        var faults: [String] = []
        let (old, new) = (PolicyTexts(before), PolicyTexts(after))
        let activations = (scene.policy.ended + [scene.policy.endingSoon]).flatMap(\.bindings)
        let dead = Set((activations + scene.policy.endedGrants.map(\.binding)).map { BindingKey($0) })
        let expected = old.bindings.filter { !dead.contains($0.key) }
        if new.bindings.map(\.text) != expected.map(\.text) {
            faults.append("the bindings that are left are not those that were expected, byte for byte")
        }
        if old.bindings.count != expected.count + dead.count { faults.append("the stage was not set as planned") }
        if old.auditConfigs != new.auditConfigs { faults.append("the audit settings have changed") }
        if cloud.resourceManager.blindOverwrites > 0 { faults.append("a write had no etag") }
        if cloud.deliveries.records.contains(where: { messages[$0.messageID]?.fate == .waiting && $0.isAcknowledged }) {
            faults.append("the message of a live activation was acknowledged")
        }
        return faults
    }

    private var summary: String {
        let writes = cloud.resourceManager.history(DemoScene.project).filter { $0.author == .caller }.count
        let deliveries = cloud.deliveries.records.count
        let activations = scene.policy.ended.flatMap(\.roles).count + scene.policy.endingSoon.roles.count
        let removed = activations + scene.policy.endedGrants.count
        return """
            \(removed) expired bindings removed in \(writes) policy writes; \(scene.messages.count) messages, \
            \(deliveries) deliveries; the live activation, eligible bindings, Privileged Access Manager's and those without \
            an end are untouched
            """
    }
}
