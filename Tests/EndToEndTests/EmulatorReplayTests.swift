import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import Service
@testable import jitcleanup_demo

private let tools = EmulatorTools.find(path: ProcessEnvironment.variables["PATH"] ?? "")

@Suite("Waiting, announcing and replay through the real Pub/Sub emulator")
struct EmulatorReplayTests {
    private static let topic = "projects/\(PubSubEmulator.project)/topics/jit-access"

    @Test(
        .enabled(if: tools != nil, "\(EmulatorTools.advice)"),
        // Every step is waited for, and `gcloud` alone takes ten seconds a command where others compute.
        .timeLimit(.minutes(10))
    )
    func
        `a day's messages are refused while waiting, cleaned after the end, announced, and do nothing when they come again`()
        async throws
    {
        let tools = try #require(tools)
        let clock = ManualTime.running()
        try await withTemporaryFolder { folder in
            try await withPubSubEmulator(tools, folder: folder) { emulator in
                let settings = [
                    "PUBSUB_EMULATOR_HOST": emulator.address, "PUBSUB_TOPIC_NAME": Self.topic, "BINDING_TITLES": "*",
                ]
                try await onStage(settings, clock: clock) { stage async throws in
                    try await subscribe(stage, to: "jit-access", emulator)
                    try await emulator.gcloud("pubsub", "subscriptions", "create", "watch", "--topic=jit-access")
                    try await play(emulator, stage, clock)
                }
            }
        }
    }

    private func play(_ emulator: PubSubEmulator, _ stage: Stage, _ clock: ManualTime) async throws {
        let released = activation("alice@example.com", ["roles/a"], from: -60, until: 1800)
        let origin = activation("bob@example.com", ["roles/b"], from: -60, until: 2000)
        let other = LocalPolicy.binding("roles/owner", ["user:root@example.com"])
        let grant = temporaryGrant(until: 2200)
        let policy = LocalPolicy.policy([other] + released.bindings + origin.bindings + [grant.binding])
        try stage.cloud.resourceManager.setPolicy(Stage.project, policy)
        // The emulator goes by the machine's clock.
        let start = Instant(seconds: TimeSource.system.now().seconds)

        // What needs no waiting is done with at once.
        let unrelated = try await publish(OutgoingMessage(data: Array("hello".utf8)), emulator)
        let broken = try await publish(OutgoingMessage(data: Array(#"{"type":"ActivationAppr"#.utf8)), emulator)
        try await acknowledged([unrelated, broken], after: start, stage)
        #expect(stage.log.lines(of: "message.dropped").count == 1)

        // Refused while waiting, and cleaned after the end; one at a time, since version 0.8.20 of the emulator stops
        // delivering to a subscription for good when two of its pushes are refused within some 50 ms.
        let first = try await publish(released.message(.selfApproved), emulator)
        try await refusedTwice(first, stage)
        #expect(stage.calls == (0, 0))
        try await emulator.gcloud("pubsub", "snapshots", "create", "before-change", "--subscription=jitcleanup")
        clock.advance(.seconds(clock.now.wholeSeconds(until: released.end) + 3))
        try await acknowledged([first], after: released.end, stage)
        #expect(stage.bindings.count == 3)

        let second = try await publish(origin.message(.binding), emulator)
        try await refusedTwice(second, stage)
        clock.advance(.seconds(clock.now.wholeSeconds(until: origin.end) + 3))
        try await acknowledged([second], after: origin.end, stage)
        #expect(stage.bindings.count == 2)

        let entry = try await publish(auditEntry(adding: [grant]), emulator)
        try await refusedTwice(entry, stage)
        clock.advance(.seconds(300))
        try await acknowledged([entry], after: origin.end, stage)
        #expect(stage.bindings.count == 1)

        let waiting = [first, second, entry]
        let ids = waiting + [unrelated, broken]
        let writes = stage.calls.writes
        #expect(writes == 3)

        // Announced, and the announcements are not acted on.
        let announced = try await announcements(emulator, count: writes)
        #expect(Set(announced.flatMap(\.roles)) == ["roles/a", "roles/b", "roles/run.admin"])
        #expect(Set(announced.flatMap(\.messageIDs)) == Set(waiting))
        #expect(announced.flatMap(\.roles).count == 3)

        // Everything comes again, and nothing happens.
        let before = stage.bindings
        var time = clock.now
        try await seek(emulator, "--time=\(start)")
        try await acknowledged(ids, after: time, stage)
        #expect(stage.calls.writes == writes)
        #expect(stage.bindings == before)

        // What was restored by hand is cleaned again, but not while a clean policy is remembered, and the other one is
        // left as it is.
        clock.advance(.seconds(61))
        let restored = LocalPolicy.policy([other] + released.bindings + [grant.binding])
        try stage.cloud.resourceManager.setPolicy(Stage.project, restored)
        time = clock.now
        try await seek(emulator, "--time=\(start)")
        try await acknowledged(ids, after: time, stage)
        #expect(stage.calls.writes == writes + 1)
        #expect(stage.bindings == before)

        // The snapshot brings back what was waiting when it was made, and nothing else.
        clock.advance(.seconds(61))
        try stage.cloud.resourceManager.setPolicy(Stage.project, restored)
        time = clock.now
        try await seek(emulator, "--snapshot=before-change")
        try await acknowledged(waiting, after: time, stage)
        #expect(stage.calls.writes == writes + 2)
        #expect(stage.bindings == before)
        let again = stage.cloud.deliveries.records.filter { $0.time > time }.map(\.messageID)
        #expect(!again.contains(unrelated) && !again.contains(broken))

        #expect(stage.log.lines(of: "message.ignored").contains { $0["reason"]?.string == "own-echo" })
    }

    /// Waits until a message was refused a second time; nothing else may have happened to it.
    private func refusedTwice(_ id: String, _ stage: Stage) async throws {
        try await until("\(id) was refused twice", stage) { records in
            records.count { $0.messageID == id && $0.outcome == .status(425) } >= 2
        }
        #expect(stage.cloud.deliveries.records(of: id).allSatisfy { $0.outcome == .status(425) })
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
        // Behind warnings, if any.
        let line = printed.split(separator: "\n").last { $0.allSatisfy(\.isNumber) }
        return String(try #require(line, "gcloud printed: \(printed)"))
    }

    private func seek(_ emulator: PubSubEmulator, _ target: String) async throws {
        try await emulator.gcloud("pubsub", "subscriptions", "seek", "jitcleanup", target)
    }

    /// Waits until each message was acknowledged in a delivery that began after a time of the stage's clock.
    private func acknowledged(_ ids: [String], after time: Instant, _ stage: Stage) async throws {
        try await until("\(ids) are acknowledged after \(time)", stage) { records in
            ids.allSatisfy { id in records.contains { $0.messageID == id && $0.time > time && $0.isAcknowledged } }
        }
    }

    /// Waits for deliveries, and says what there was if they do not come.
    private func until(
        _ what: String,
        _ stage: Stage,
        _ isSo: @escaping @Sendable ([DeliveryRecord]) -> Bool
    ) async throws {
        let log = stage.cloud.deliveries
        do throws(DeliveryWaitError) {
            try await log.wait(atMost: .seconds(180)) { _ in isSo(log.records) }
        } catch {
            let came = log.records.map { "\($0.time) \($0.messageID) #\($0.attempt) \($0.outcome)" }
            Issue.record("not so: \(what)\n\(came.joined(separator: "\n"))\n\(stage.log.text)")
            throw error
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
            // `gcloud` prints warnings, if any, before the list.
            let list = printed[(printed.firstIndex(of: "[") ?? printed.endIndex)...]
            let pulled = (try? json(String(list)))?.root.elements ?? []
            for message in pulled.compactMap({ $0["message"] })
            where message["attributes"]?["origin"]?.string == "jit-cleanup" {
                let data = try #require(message["data"]?.utf8.flatMap { Base64.decode($0) })
                let root = try json(data).root
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
