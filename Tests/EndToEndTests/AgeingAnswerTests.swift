import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import Synchronization
import TestSupport
import Testing
import Timestamps

@Suite("Waiting messages that Pub/Sub is about to drop")
struct AgeingAnswerTests {
    private static let topic = "projects/jit-cleanup-demo/topics/jit-access"
    private static let settings = ["PUBSUB_TOPIC_NAME": topic]
    private static let oldSeconds: Int64 = 600_001
    private let live = activation(from: -60, until: 3600)

    @Test func `one that could not be published again is not acknowledged`() async throws {
        try await onStage(Self.settings) { stage async throws in
            // There is no such topic.
            let message = live.message(.selfApproved)
            let answer = try await stage.push(message, ageSeconds: Self.oldSeconds)
            #expect(answer.status == 425)
            let line = try #require(stage.log.lines(of: "message.republish-failed").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["data"]?.string == Base64.encode(message.data))
        }
    }

    @Test func `one that has no room for two more attributes is sent back, with an error line`() async throws {
        try await onStage(Self.settings) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            var message = live.message(.selfApproved)
            for number in 0..<99 { message.attributes["a\(number)"] = "b" }
            #expect(try await stage.push(message, ageSeconds: Self.oldSeconds).status == 425)
            let line = try #require(stage.log.lines(of: "message.not-republished").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["obstacle"]?.string == "message-limits")
            #expect(line["data"]?.string == Base64.encode(message.data))
            #expect(line["attributes"]?["a98"]?.string == "b")
            #expect(stage.cloud.pubSub.published(Self.topic).isEmpty)
        }
    }

    @Test(arguments: [(["PUBSUB_TOPIC_NAME": ""], "no-topic"), (["DRY_RUN": "true"], "dry-run")])
    func `without a topic and on a dry run it is sent back, with an error line that has it whole`(
        changes: [String: String],
        obstacle: String
    ) async throws {
        try await onStage(Self.settings.merging(changes) { $1 }) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let message = live.message(.selfApproved)
            let answer = try await stage.push(message, ageSeconds: Self.oldSeconds)
            #expect(answer.status == 425)
            #expect(answer.header("retry-after") != nil)
            #expect(stage.log.field("severity", of: "message.not-republished") == "ERROR")
            #expect(stage.log.field("obstacle", of: "message.not-republished") == obstacle)
            #expect(stage.log.field("data", of: "message.not-republished") == Base64.encode(message.data))
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test func `one that has ended is cleaned, not published again`() async throws {
        let ended = activation()
        try await onStage(Self.settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved), ageSeconds: Self.oldSeconds).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.log.lines(of: "message.republished").isEmpty)
        }
    }

    @Test func `one that was delivered often but has time is left to Pub/Sub`() async throws {
        try await onStage(Self.settings) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let answer = try await stage.push(
                live.message(.selfApproved),
                ageSeconds: Self.oldSeconds - 100,
                deliveryAttempt: 99
            )
            #expect(answer.status == 425)
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test func `one that is old is published again and only then acknowledged`() async throws {
        try await onStage(Self.settings) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            let message = live.message(.binding)
            #expect(try await stage.push(message, ageSeconds: Self.oldSeconds).status == 204)
            #expect(stage.log.field("reason", of: "message.republished") == "retention")
            #expect(stage.log.field("severity", of: "message.republished") == "NOTICE")
            let again = try #require(stage.cloud.pubSub.published(Self.topic).first).content
            #expect(again.data == message.data)
            #expect(again.attributes["origin"] == "jit-binding")
            #expect(again.attributes["jitcleanup-republished"] == "1")
            #expect(again.attributes["jitcleanup-first-published"] != nil)
            #expect(again.attributes.count == 3)
        }
    }

    @Test func `an activation of 40 days outlives a retention of 7 days, and is cleaned at its end`() async throws {
        // Deadlines and polling are shorter than any delay between deliveries; they must not move the time.
        let clock = ManualTime(sleep: .passes(from: .seconds(100)))
        let days: Int64 = 40
        let long = LocalActivation(
            user: "alice@example.com",
            roles: ["roles/compute.viewer"],
            project: Stage.project,
            start: clock.now,
            end: clock.now.adding(seconds: days * 86_400)
        )
        var options = LocalCloudOptions()
        options.accessTokenSeconds = 3599
        let policy = LocalPolicy.policy(long.bindings)
        try await onStage(
            ["PUBSUB_TOPIC_NAME": Self.topic],
            policy: policy,
            clock: clock,
            options: options
        ) { stage async throws in
            _ = stage.cloud.subscribe(pushingTo: stage.url + "/push") { settings in
                settings.retainsAcknowledged = false
                // Five times the longest delay that a retry policy has: a thousand deliveries do as well as 5,760.
                settings.retryPolicy = .init(minimum: .seconds(100), maximum: .seconds(3000))
            }
            let first = try #require(
                try stage.cloud.pubSub.publish([long.message(.selfApproved)], to: Self.topic).first
            )
            try await stage.cloud.deliveries.wait(atMost: .seconds(120)) { _ in
                stage.log.lines(of: "activation.done").count == 1
            }
            #expect(stage.bindings.isEmpty)
            let write = try #require(stage.cloud.resourceManager.history(Stage.project).last)
            #expect(write.time >= long.end)
            #expect(write.time <= long.end.adding(seconds: 3100))
            let records = stage.cloud.deliveries.records
            #expect(!records.contains { $0.outcome == .expired })
            let copies = stage.cloud.pubSub.published(Self.topic)
                .filter { $0.content.attributes["origin"] != "jit-cleanup" }
            // 7 days less the margin each.
            #expect(copies.count == 6)
            #expect(copies.last?.content.attributes["jitcleanup-republished"] == "5")
            let firstPublished = copies.first?.publishTime.description
            #expect(copies.allSatisfy { $0.content.data == copies[0].content.data })
            #expect(
                copies.dropFirst().allSatisfy {
                    $0.content.attributes["jitcleanup-first-published"] == firstPublished
                }
            )
            #expect(stage.cloud.deliveries.records(of: first).last?.isAcknowledged == true)
        }
    }
}
