import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// JIT Access's window reaches into the future, and another part of the condition has ended it already.
@Suite("The end of a condition that died before its window")
struct ConditionEndTests {
    private static let topic = "projects/jit-cleanup-demo/topics/jit-access"
    private static let day: Int64 = 86_400
    private let window = activation("bob@example.com", ["roles/b"], from: -300 * Self.day, until: 100 * Self.day)
    private let death = Instant(seconds: TimeSource.system.now().seconds).adding(seconds: -60 * Self.day)

    private var policy: [UInt8] {
        LocalPolicy.policy([
            LocalPolicy.binding(
                "roles/b",
                ["user:bob@example.com"],
                condition: LocalPolicy.condition(
                    "JIT access activation",
                    "(\(window.expression)) && (request.time < timestamp(\"\(death)\"))"
                )
            )
        ])
    }

    @Test func `the log and the announcement of its removal name when it died`() async throws {
        try await onStage(["PUBSUB_TOPIC_NAME": Self.topic], policy: policy) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(activation().message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.log.field("end", of: "binding.removed") == "\(death)")
            let late = try #require(stage.log.lines(of: "binding.removed").first?["seconds_after_end"]?.integer)
            #expect((60 * Self.day...60 * Self.day + 60).contains(late))
            let message = try #require(stage.cloud.pubSub.published(Self.topic).first)
            let removed = try json(message.content.data).root["removed"]?.elements?.first
            #expect(removed?["end_time"]?.string == "\(death)")
            #expect(removed?["start_time"]?.string == "\(window.start)")
        }
    }

    @Test func `list and sweep name when it died`() async throws {
        try await onCommandStage { stage async throws in
            try stage.cloud.resourceManager.setPolicy("a-project", policy)
            let list = try await stage.run("list", "--project", "a-project", "--output", "json")
            #expect(list.code == 2)
            let binding = try list.json()["bindings"]?.elements?.first
            #expect(binding?["state"]?.string == "expired")
            #expect(binding?["end_time"]?.string == "\(death)")
            let table = try await stage.run("list", "--project", "a-project")
            #expect(table.output.contains("\(death)") && !table.output.contains("\(window.end)"))
            let sweep = try await stage.run("sweep", "--project", "a-project", "--output", "json")
            #expect(sweep.code == 0)
            let removed = try sweep.json()["projects"]?.elements?.first?["removed"]?.elements?.first
            #expect(removed?["end_time"]?.string == "\(death)")
            #expect(sweep.errors.contains(#""end":"\#(death)""#))
            #expect(stage.bindingCount("a-project") == 0)
        }
    }
}
