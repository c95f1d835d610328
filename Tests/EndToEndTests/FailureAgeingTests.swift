import HTTPTransport
import LocalCloud
import LosslessJSON
import Synchronization
import Testing
import Timestamps

@Suite("Messages that Pub/Sub is about to drop while their clean-up fails")
struct FailureAgeingTests {
    private static let topic = "projects/jit-cleanup-demo/topics/jit-access"
    private static let settings = ["PUBSUB_TOPIC_NAME": topic, "MAX_DELIVERY_ATTEMPTS": "5"]
    private static let oldSeconds: Int64 = 600_001
    private let ended = activation()
    private let clock = AdvancingClock()

    /// A stage on which the permission to read the policy is missing.
    private func denied(
        _ changes: [String: String] = [:],
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let policy = LocalPolicy.policy(ended.bindings)
        try await onStage(Self.settings.merging(changes) { $1 }, policy: policy, time: clock.source) {
            stage async throws in
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
            #expect(try await stage.push(ended.message(.selfApproved), deliveryAttempt: 3).status == 503)
            let line = try #require(stage.log.lines(of: "message.republish-failed").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["failure"]?.string == "permission-denied")
            #expect(line["detail"]?.string?.contains("404") == true)
            #expect(stage.log.pushes == 1)
        }
    }

    @Test(
        "without a topic and on a dry run it is sent back, and the line says what failed and that it may be lost",
        arguments: [(["PUBSUB_TOPIC_NAME": ""], "no-topic"), (["DRY_RUN": "true"], "dry-run")]
    )
    func notPublished(changes: [String: String], obstacle: String) async throws {
        try await denied(changes) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let answer = try await stage.push(ended.message(.selfApproved), ageSeconds: Self.oldSeconds)
            #expect(answer.status == 503)
            let line = try #require(stage.log.lines(of: "message.not-republished").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["obstacle"]?.string == obstacle)
            #expect(line["failure"]?.string == "permission-denied")
            #expect(stage.cloud.requests.count(.publish) == 0)
            #expect(stage.log.pushes == 1)
        }
    }

    @Test func `one with deliveries and time left is left to Pub/Sub`() async throws {
        try await denied { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(ended.message(.selfApproved), deliveryAttempt: 2).status == 503)
            #expect(stage.log.field("reason", of: "activation.failed") == "permission-denied")
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test func `one that has been tried for GIVE_UP_SECONDS is given up, not published again`() async throws {
        try await denied(["GIVE_UP_SECONDS": "60"]) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let answer = try await stage.push(
                ended.message(.selfApproved),
                ageSeconds: Self.oldSeconds,
                deliveryAttempt: 5
            )
            #expect(answer.status == 204)
            #expect(stage.log.field("reason", of: "message.dropped") == "permission-denied")
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test(
        "one that is old, or was delivered often, is published again, acknowledged, and cleaned once that is allowed",
        arguments: [(oldSeconds, nil, "retention"), (0, 3, "delivery-attempts")] as [(Int64, Int?, String)]
    )
    func published(age: Int64, attempt: Int?, reason: String) async throws {
        try await denied { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let message = ended.message(.binding)
            let answer = try await stage.push(message, ageSeconds: age, deliveryAttempt: attempt)
            #expect(answer.status == 204)
            let line = try #require(stage.log.lines(of: "message.republished").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["reason"]?.string == reason)
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
            #expect(try await stage.push(ended.message(.selfApproved), deliveryAttempt: 4).status == 204)
            #expect(TimeSource.system.uptime() - start < .seconds(4))
            #expect(stage.log.field("severity", of: "message.republished") == "WARNING")
            #expect(stage.log.field("failure", of: "message.republished") == "out-of-time")
            #expect(stage.cloud.pubSub.published(Self.topic).count == 1)
        }
    }

    @Test func `a dead-letter topic of five attempts gets none while the permission is missing`() async throws {
        try await denied { stage async throws in
            let dead = stage.cloud.topicName("dead")
            stage.cloud.pubSub.createTopic(dead)
            _ = stage.cloud.subscribe(pushingTo: stage.url + "/push") { settings in
                settings.retryPolicy = .init(minimum: .milliseconds(100), maximum: .milliseconds(100))
                settings.deadLetterPolicy = .init(topic: dead, maximumAttempts: 5)
            }
            _ = try stage.cloud.pubSub.publish([ended.message(.selfApproved)], to: Self.topic)
            try await stage.cloud.deliveries.wait(atMost: .seconds(30)) { _ in
                stage.log.lines(of: "message.republished").count > 1
            }
            allow(stage)
            try await stage.cloud.deliveries.wait(atMost: .seconds(30)) { _ in
                stage.log.lines(of: "activation.done").count == 1
            }
            #expect(stage.bindings.isEmpty)
            #expect(stage.cloud.pubSub.published(dead).isEmpty)
        }
    }
}

/// The machine's clocks, of which the one for ages can be put forward.
private final class AdvancingClock: Sendable {
    private let ahead = Mutex(Duration.zero)

    func advance(_ duration: Duration) { ahead.withLock { $0 += duration } }

    var source: TimeSource {
        TimeSource(
            now: TimeSource.system.now,
            uptime: { TimeSource.system.uptime() + self.ahead.withLock { $0 } },
            sleep: TimeSource.system.sleep
        )
    }
}
