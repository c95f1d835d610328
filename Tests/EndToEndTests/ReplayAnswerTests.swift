import LocalCloud
import Testing
import Timestamps

@Suite("Replay", .timeLimit(.minutes(1)))
struct ReplayAnswerTests {
    /// Waits until each message was acknowledged in a delivery that began after a time.
    private func acknowledged(_ ids: [String], after time: Instant, _ stage: Stage) async throws {
        let log = stage.cloud.deliveries
        try await log.wait(atMost: .seconds(30)) { _ in
            let records = log.records
            return ids.allSatisfy { id in
                records.contains { $0.messageID == id && $0.time > time && $0.isAcknowledged }
            }
        }
    }

    @Test func `a day's messages that come again cost no write, and what was restored is cleaned again`() async throws {
        // Ended so short a while ago that a clean policy is not remembered for them.
        let released = activation("alice@example.com", ["roles/a"], until: -120)
        let origin = activation("bob@example.com", ["roles/b"], until: -120)
        let policy = LocalPolicy.policy(released.bindings + origin.bindings)
        try await onStage(policy: policy) { stage async throws in
            let subscription = stage.cloud.subscribe(pushingTo: stage.url + "/push")
            // A message's time of publishing has whole milliseconds.
            let start = Instant(seconds: TimeSource.system.now().seconds)
            let messages = [
                released.message(.requested), released.message(.selfApproved), origin.message(.binding),
                origin.message(.cleanupEcho), OutgoingMessage(data: Array("broken".utf8)),
            ]
            let ids = try stage.cloud.pubSub.publish(messages, to: stage.cloud.topicName("jit-access"))
            try await acknowledged(ids, after: start, stage)
            #expect(stage.bindings.isEmpty)
            let writes = stage.calls.writes
            #expect((1...2).contains(writes))

            var time = TimeSource.system.now()
            subscription.seek(to: start)
            try await acknowledged(ids, after: time, stage)
            #expect(stage.calls.writes == writes)

            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(released.bindings))
            time = TimeSource.system.now()
            subscription.seek(to: start)
            try await acknowledged(ids, after: time, stage)
            #expect(stage.calls.writes == writes + 1)
            #expect(stage.bindings.isEmpty)
        }
    }
}
