import HTTPTransport
import LocalCloud
import TestSupport
import Testing
import Timestamps

@Suite("Replay", .timeLimit(.minutes(1)))
struct ReplayAnswerTests {
    private let clock = ManualTime.running()

    /// Waits until each message was answered so in a delivery that began after a time.
    private func answered(_ statuses: Set<Int>, _ ids: [String], after time: Instant, _ stage: Stage) async throws {
        let log = stage.cloud.deliveries
        try await log.wait(atMost: .seconds(30)) { _ in
            let records = log.records
            return ids.allSatisfy { id in
                records.contains { record in
                    guard case .status(let status) = record.outcome else { return false }
                    return record.messageID == id && record.time > time && statuses.contains(status)
                }
            }
        }
    }

    @Test(
        arguments: [60, 300, 595] as [Int64]
    )
    func `an activation whose binding is gone is sent back until its message is ten minutes old`(age: Int64)
        async throws
    {
        try await onStage { stage async throws in
            let gone = activation(until: -120)
            let answer = try await stage.push(gone.message(.selfApproved), ageSeconds: age)
            #expect(answer.status == 425)
            let seconds = try #require(answer.header("retry-after").flatMap { Int64($0) })
            #expect((0...2).contains(seconds - (599 - age)))
            #expect(stage.log.field("severity", of: "activation.young") == "INFO")
            #expect(stage.calls == (1, 0))
        }
    }

    @Test(arguments: [602, 3600, 6 * 86_400] as [Int64])
    func `and is done with from then on`(age: Int64) async throws {
        try await onStage { stage async throws in
            let gone = activation(until: -120)
            #expect(try await stage.push(gone.message(.selfApproved), ageSeconds: age).status == 204)
            #expect(stage.calls == (1, 0))
        }
    }

    @Test func `a day's messages that come again cost no write, and what was restored is cleaned again`() async throws {
        let released = activation("alice@example.com", ["roles/a"], until: -120)
        let origin = activation("bob@example.com", ["roles/b"], until: -120)
        let policy = LocalPolicy.policy(released.bindings + origin.bindings)
        try await onStage(policy: policy, clock: clock) { stage async throws in
            let subscription = stage.cloud.subscribe(pushingTo: stage.url + "/push") { settings in
                settings.retryPolicy = .init(minimum: .milliseconds(100), maximum: .milliseconds(200))
            }
            // A message's time of publishing has whole milliseconds.
            let start = Instant(seconds: clock.now.seconds)
            let topic = stage.cloud.topicName("jit-access")
            let activations = [released.message(.selfApproved), origin.message(.binding)]
            let others = [
                released.message(.requested), origin.message(.cleanupEcho), OutgoingMessage(data: Array("broken".utf8)),
            ]
            let ids = try stage.cloud.pubSub.publish(activations, to: topic)
            let otherIDs = try stage.cloud.pubSub.publish(others, to: topic)
            try await answered([204], otherIDs, after: start, stage)
            // One read and one write for both, or a read more for the one that came too late for them: that is young.
            try await answered([204, 425], ids, after: start, stage)
            #expect(stage.bindings.isEmpty)
            #expect(stage.calls.writes == 1)

            // They come again within the minute, which nobody can tell from an approval that came late.
            var time = clock.now
            subscription.seek(to: start)
            try await answered([425], ids, after: time, stage)
            clock.advance(.seconds(601))
            try await answered([204], ids, after: time, stage)
            #expect(stage.calls.writes == 1)

            clock.advance(.seconds(6 * 86_400))
            time = clock.now
            subscription.seek(to: start)
            try await answered([204], ids + otherIDs, after: time, stage)
            #expect(stage.calls.writes == 1)

            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(released.bindings))
            // A clean policy is remembered for a minute.
            clock.advance(.seconds(61))
            time = clock.now
            subscription.seek(to: start)
            try await answered([204], ids, after: time, stage)
            #expect(stage.calls.writes == 2)
            #expect(stage.bindings.isEmpty)
        }
    }
}
