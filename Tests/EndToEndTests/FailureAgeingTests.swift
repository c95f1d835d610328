import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite("Messages that Pub/Sub is about to drop while their clean-up fails")
struct FailureAgeingTests {
    private static let topic = "projects/jit-cleanup-demo/topics/jit-access"
    private static let settings = ["PUBSUB_TOPIC_NAME": topic]
    private static let oldSeconds: Int64 = 600_001
    private let ended = activation()
    private let clock = ManualTime.running()

    /// A stage on which the permission to read the policy is missing.
    private func denied(
        _ changes: [String: String] = [:],
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let policy = LocalPolicy.policy(ended.bindings)
        try await onStage(Self.settings.merging(changes) { $1 }, policy: policy, clock: clock) { stage async throws in
            stage.cloud.resourceManager.setDenied(true, .getIamPolicy, on: Stage.project)
            try await body(stage)
        }
    }

    /// Gives the permission, and lets the minute pass for which the service remembers that it was missing.
    private func allow(_ stage: Stage) {
        stage.cloud.resourceManager.setDenied(false, .getIamPolicy, on: Stage.project)
        clock.advance(.seconds(61))
    }

    @Test func `one that could not be published again is not acknowledged`() async throws {
        try await denied { stage async throws in
            // There is no such topic.
            let message = ended.message(.selfApproved)
            #expect(try await stage.push(message, ageSeconds: Self.oldSeconds).status == 500)
            let line = try #require(stage.log.lines(of: "message.republish-failed").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["failure"]?.string == "permission-denied")
            #expect(line["detail"]?.string?.contains("404") == true)
            #expect(line["data"]?.string == Base64.encode(message.data))
            #expect(stage.log.pushes == 1)
        }
    }

    @Test(arguments: [(["PUBSUB_TOPIC_NAME": ""], "no-topic"), (["DRY_RUN": "true"], "dry-run")])
    func `without a topic and on a dry run it is sent back, and the line says what failed and has it whole`(
        changes: [String: String],
        obstacle: String
    ) async throws {
        try await denied(changes) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let message = ended.message(.selfApproved)
            let answer = try await stage.push(message, ageSeconds: Self.oldSeconds)
            #expect(answer.status == 500)
            let line = try #require(stage.log.lines(of: "message.not-republished").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["obstacle"]?.string == obstacle)
            #expect(line["failure"]?.string == "permission-denied")
            #expect(line["data"]?.string == Base64.encode(message.data))
            #expect(stage.cloud.requests.count(.publish) == 0)
            #expect(stage.log.pushes == 1)
        }
    }

    @Test func `one with time left is left to Pub/Sub, however often it was delivered`() async throws {
        try await denied { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(ended.message(.selfApproved), deliveryAttempt: 99).status == 500)
            #expect(stage.log.field("reason", of: "activation.failed") == "permission-denied")
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test func `one past GIVE_UP_SECONDS that is denied now is set aside, not published again`() async throws {
        try await denied(["GIVE_UP_SECONDS": "60"]) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let message = ended.message(.selfApproved)
            // The first time that this process sees it: one that scales to zero may never see it twice.
            #expect(try await stage.push(message, ageSeconds: Self.oldSeconds).status == 204)
            #expect(stage.log.field("reason", of: "message.dropped") == "permission-denied")
            #expect(stage.log.field("data", of: "message.dropped") == Base64.encode(message.data))
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test func `one past GIVE_UP_SECONDS that Google's services fail for is published again all the same`() async throws
    {
        let settings = Self.settings.merging(["GIVE_UP_SECONDS": "60", "REQUEST_TIMEOUT_SECONDS": "2"]) { $1 }
        try await onStage(settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            stage.cloud.faults.inject(.html(503), at: .getIamPolicy, .always)
            #expect(try await stage.push(ended.message(.selfApproved), ageSeconds: Self.oldSeconds).status == 204)
            #expect(stage.cloud.pubSub.published(Self.topic).count == 1)
            #expect(stage.log.lines(of: "message.dropped").isEmpty)
        }
    }

    @Test func `one that is old is published again, acknowledged, and cleaned once that is allowed`() async throws {
        try await denied { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let message = ended.message(.binding)
            #expect(try await stage.push(message, ageSeconds: Self.oldSeconds).status == 204)
            let line = try #require(stage.log.lines(of: "message.republished").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["reason"]?.string == "retention")
            #expect(line["failure"]?.string == "permission-denied")
            #expect(line["failure_detail"]?.string?.isEmpty == false)
            #expect(stage.log.pushes == 1)
            let again = try #require(stage.cloud.pubSub.published(Self.topic).first).content
            #expect(again.data == message.data)
            #expect(again.attributes["origin"] == "jit-binding")
            #expect(again.attributes["jitcleanup-republished"] == "1")
            #expect(again.attributes["jitcleanup-first-published"] != nil)
            #expect(again.attributes.count == 3)
            allow(stage)
            #expect(try await stage.push(again, id: "2").status == 204)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `in an outage it is published again within the time for an answer`() async throws {
        let policy = LocalPolicy.policy(ended.bindings)
        let settings = Self.settings.merging(["REQUEST_TIMEOUT_SECONDS": "4"]) { $1 }
        try await onStage(settings, policy: policy) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            stage.cloud.faults.inject(.html(503), at: .getIamPolicy, .always)
            let start = TimeSource.system.uptime()
            #expect(try await stage.push(ended.message(.selfApproved), ageSeconds: Self.oldSeconds).status == 204)
            #expect(TimeSource.system.uptime() - start < .seconds(4))
            #expect(stage.log.field("severity", of: "message.republished") == "WARNING")
            #expect(stage.log.field("failure", of: "message.republished") == "unavailable")
            #expect(stage.cloud.pubSub.published(Self.topic).count == 1)
        }
    }
}
