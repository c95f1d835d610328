import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing
import Timestamps

@testable import Service
@testable import jitcleanup_demo

private let tools = EmulatorTools.find(path: ProcessEnvironment.variables["PATH"] ?? "")

/// Creates the topic, and the subscription that has the emulator push to the stage.
func subscribe(_ stage: Stage, to topic: String, _ emulator: PubSubEmulator) async throws {
    stage.cloud.relay.setTarget(stage.url + "/push", .token(stage.cloud.options.pushIdentity))
    try await emulator.gcloud("pubsub", "topics", "create", topic)
    try await emulator.gcloud(
        "pubsub",
        "subscriptions",
        "create",
        "jitcleanup",
        "--topic=\(topic)",
        "--push-endpoint=\(stage.cloud.baseURL)/relay",
        "--ack-deadline=60",
        "--retain-acked-messages",
        "--min-retry-delay=1s",
        "--max-retry-delay=2s"
    )
}

@Suite("Through the real Pub/Sub emulator")
struct EmulatorTests {
    @Test(
        .enabled(if: tools != nil, "\(EmulatorTools.advice)"),
        .timeLimit(.minutes(3))
    )
    func `a waiting activation is refused, redelivered, and cleaned after its end`() async throws {
        let tools = try #require(tools)
        try await onStage { stage async throws in
            try await withTemporaryFolder { folder in
                try await withPubSubEmulator(tools, folder: folder) { emulator in
                    try await subscribe(stage, to: "jit-access", emulator)

                    // Long enough for `gcloud` to publish before the end.
                    let soon = activation(from: -60, until: 12)
                    try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(soon.bindings))
                    let data = String(decoding: soon.message(.selfApproved).data, as: UTF8.self)
                    let printed = try await emulator.gcloud(
                        "pubsub",
                        "topics",
                        "publish",
                        "jit-access",
                        "--message=\(data)",
                        "--format=value(messageIds[0])"
                    )
                    let id = printed.filter(\.isNumber)
                    let last = try await stage.cloud.deliveries.waitUntilAcknowledged(id, atMost: .seconds(60))

                    let deliveries = stage.cloud.deliveries.records(of: id)
                    #expect(deliveries.first?.outcome == .status(425))
                    #expect(deliveries.dropLast().allSatisfy { $0.outcome == .status(425) })
                    #expect(last.attempt > 1 && last.outcome == .status(204))
                    #expect(last.time >= soon.end)
                    #expect(stage.bindings.isEmpty)
                    #expect(stage.calls.writes == 1)
                }
            }
        }
    }
}
