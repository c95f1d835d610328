import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing
import Timestamps

@testable import jitcleanup

private let tools = EmulatorTools.find(path: ProcessEnvironment.variables["PATH"] ?? "")

@Suite("Waiting, announcing and replay through the real Pub/Sub emulator")
struct EmulatorReplayTests {
    private static let topic = "projects/\(PubSubEmulator.project)/topics/jit-access"

    @Test(
        "a day's messages are refused while waiting, cleaned after the end, announced, and do nothing when they come again",
        .enabled(if: tools != nil, "\(EmulatorTools.advice)"),
        // A minute and a half of real waiting that has timed out once on a busy machine, so not part of every run.
        .enabled(if: ProcessEnvironment.variables["EMULATOR_REPLAY"] != nil, "run with EMULATOR_REPLAY=1"),
        .timeLimit(.minutes(4))
    )
    func replay() async throws {
        let tools = try #require(tools)
        try await withTemporaryFolder { folder in
            try await withPubSubEmulator(tools, folder: folder) { emulator in
                let settings = [
                    "PUBSUB_EMULATOR_HOST": emulator.address, "PUBSUB_TOPIC_NAME": Self.topic,
                    "CLEANUP_SCOPE": "activation",
                ]
                try await onStage(settings) { stage async throws in
                    try await subscribe(emulator, stage)
                    try await play(emulator, stage)
                }
            }
        }
    }

    private func subscribe(_ emulator: PubSubEmulator, _ stage: Stage) async throws {
        stage.cloud.relay.setTarget(stage.url + "/push", .token(stage.cloud.options.pushIdentity))
        try await emulator.gcloud("pubsub", "topics", "create", "jit-access")
        try await emulator.gcloud(
            "pubsub",
            "subscriptions",
            "create",
            "jitcleanup",
            "--topic=jit-access",
            "--push-endpoint=\(stage.cloud.baseURL)/relay",
            "--ack-deadline=60",
            "--retain-acked-messages",
            "--min-retry-delay=1s",
            "--max-retry-delay=2s"
        )
        try await emulator.gcloud("pubsub", "subscriptions", "create", "watch", "--topic=jit-access")
    }

    private func play(_ emulator: PubSubEmulator, _ stage: Stage) async throws {
        // Long enough for `gcloud` to publish all of them before the end.
        let released = activation("alice@example.com", ["roles/a"], from: -60, until: 25)
        let origin = activation("bob@example.com", ["roles/b"], from: -60, until: 25)
        let other = LocalPolicy.binding("roles/owner", ["user:root@example.com"])
        let policy = LocalPolicy.policy([other] + released.bindings + origin.bindings)
        try stage.cloud.resourceManager.setPolicy(Stage.project, policy)
        let start = Instant(seconds: TimeSource.system.now().seconds)

        let waiting = [
            try await publish(released.message(.selfApproved), emulator),
            try await publish(origin.message(.binding), emulator),
        ]
        let unrelated = try await publish(OutgoingMessage(data: Array("hello".utf8)), emulator)
        let broken = try await publish(OutgoingMessage(data: Array(#"{"type":"ActivationAppr"#.utf8)), emulator)
        let ids = waiting + [unrelated, broken]

        // Refused while waiting, cleaned after the end.
        try await acknowledged(ids, times: 1, stage)
        for id in waiting {
            let deliveries = stage.cloud.deliveries.records(of: id)
            #expect(deliveries.count > 1)
            #expect(deliveries.dropLast().allSatisfy { $0.outcome == .status(425) })
            #expect(try #require(deliveries.last).time >= released.end)
        }
        #expect(stage.bindings.count == 1)
        let writes = stage.calls.writes
        #expect((1...2).contains(writes))
        #expect(stage.log.lines(of: "message.dropped").count == 1)

        // Announced, and the announcements are not acted on.
        let announced = try await announcements(emulator, count: writes)
        #expect(Set(announced.flatMap(\.roles)) == ["roles/a", "roles/b"])
        #expect(Set(announced.flatMap(\.messageIDs)) == Set(waiting))
        #expect(announced.flatMap(\.roles).count == 2)

        // Everything comes again, and nothing happens.
        let before = stage.bindings
        try await seek(emulator, to: start)
        try await acknowledged(ids, times: 2, stage)
        #expect(stage.calls.writes == writes)
        #expect(stage.bindings == before)

        // What was restored by hand is cleaned again, and the other one is left as it is.
        try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy([other] + released.bindings))
        try await seek(emulator, to: start)
        try await acknowledged(ids, times: 3, stage)
        #expect(stage.calls.writes == writes + 1)
        #expect(stage.bindings == before)
        #expect(stage.log.lines(of: "message.ignored").contains { $0["reason"]?.string == "own-echo" })
    }

    private func publish(_ message: OutgoingMessage, _ emulator: PubSubEmulator) async throws -> String {
        let data = String(decoding: message.data, as: UTF8.self)
        let attributes = message.attributes.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let printed = try await emulator.gcloud(
            "pubsub",
            "topics",
            "publish",
            "jit-access",
            "--message=\(data)",
            "--attribute=\(attributes)",
            "--format=value(messageIds[0])"
        )
        return printed.filter(\.isNumber)
    }

    private func seek(_ emulator: PubSubEmulator, to time: Instant) async throws {
        try await emulator.gcloud("pubsub", "subscriptions", "seek", "jitcleanup", "--time=\(time)")
    }

    private func acknowledged(_ ids: [String], times: Int, _ stage: Stage) async throws {
        let log = stage.cloud.deliveries
        try await log.wait(atMost: .seconds(90)) { _ in
            ids.allSatisfy { log.records(of: $0).count(where: \.isAcknowledged) >= times }
        }
    }

    /// What another subscriber of the topic gets to know.
    private func announcements(
        _ emulator: PubSubEmulator,
        count: Int
    ) async throws -> [(roles: [String], messageIDs: [String])] {
        var found: [(roles: [String], messageIDs: [String])] = []
        var pulls = 0
        while found.count < count, pulls < 10 {
            pulls += 1
            let printed = try await emulator.gcloud(
                "pubsub",
                "subscriptions",
                "pull",
                "watch",
                "--auto-ack",
                "--limit=50",
                "--format=json"
            )
            let rules = JSONRules(maximumDepth: 32, maximumBytes: 1 << 20)
            // `gcloud` prints warnings, if any, before the list.
            let list = printed[(printed.firstIndex(of: "[") ?? printed.endIndex)...]
            let pulled = (try? JSONDocument(Array(list.utf8), rules: rules))?.root.elements ?? []
            for message in pulled.compactMap({ $0["message"] })
            where message["attributes"]?["origin"]?.string == "jit-cleanup" {
                let data = try #require(message["data"]?.utf8.flatMap { Base64.decode($0) })
                let root = try JSONDocument(data, rules: rules).root
                let removed = root["removed"]?.elements ?? []
                found.append(
                    (
                        roles: removed.compactMap { $0["role"]?.string },
                        messageIDs: (root["message_ids"]?.elements ?? []).compactMap(\.string)
                    )
                )
            }
        }
        return found
    }
}
