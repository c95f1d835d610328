import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite("Announcing removals")
struct AnnouncementAnswerTests {
    private static let topic = "projects/own-project/topics/jit-access"
    private static let settings = ["PUBSUB_TOPIC_NAME": topic]
    private let ended = activation()

    /// Reads an announcement, which is written down to be checked against its schema as well.
    private func read(_ message: PubSubMessage) throws -> JSONValue {
        Corpus.announcements?.add(text(message.content.data))
        return try json(message.content.data).root
    }

    @Test(arguments: [Fault.status(503), .status(404), .reset, .html(502)])
    func `a removal stands and is acknowledged even if its announcement fails`(fault: Fault) async throws {
        try await onStage(Self.settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            stage.cloud.faults.inject(fault, at: .publish, .always)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
            let line = try #require(stage.log.lines(of: "announcement.failed").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(stage.cloud.pubSub.published(Self.topic).isEmpty)
        }
    }

    @Test func `nothing is announced on a dry run`() async throws {
        let settings = Self.settings.merging(["DRY_RUN": "true"]) { $1 }
        try await onStage(settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test func `nothing is announced that was not written, or not there`() async throws {
        try await onStage(Self.settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            stage.cloud.resourceManager.setDenied(true, .setIamPolicy, on: Stage.project)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
        try await onStage(Self.settings, policy: LocalPolicy.policy([])) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.cloud.requests.count(.publish) == 0)
        }
    }

    @Test(arguments: [true, false])
    func `our own announcements and the predecessor's are never acted on`(isOwn: Bool) async throws {
        try await onStage(Self.settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            var echo = ended.message(.cleanupEcho)
            if isOwn {
                #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
                echo = try #require(stage.cloud.pubSub.published(Self.topic).first).content
                try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(ended.bindings))
            }
            let before = stage.calls
            #expect(try await stage.push(echo).status == 204)
            #expect(stage.calls == before)
            #expect(stage.log.field("reason", of: "message.ignored") == "own-echo")
            #expect(stage.cloud.pubSub.published(Self.topic).count == (isOwn ? 1 : 0))
        }
    }

    @Test func `each write is one message with everything that it removed`() async throws {
        let other = activation("carol@example.com", ["roles/x", "roles/y"], from: -900, until: -60)
        let policy = LocalPolicy.policy(ended.bindings + other.bindings)
        try await onStage(Self.settings, policy: policy) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(ended.message(.selfApproved), id: "4711").status == 204)
            let messages = stage.cloud.pubSub.published(Self.topic)
            #expect(messages.count == 1)
            let message = try #require(messages.first)
            #expect(message.content.attributes == ["origin": "jit-cleanup", "project": Stage.project])
            let root = try read(message)
            let write = try #require(stage.cloud.resourceManager.history(Stage.project).last)
            #expect(root["etag_before"]?.string == write.etagBefore)
            #expect(root["etag_after"]?.string == write.etagAfter)
            #expect(root["message_ids"]?.elements?.compactMap(\.string) == ["4711"])
            let removed = root["removed"]?.elements ?? []
            #expect(removed.compactMap { $0["role"]?.string } == ["roles/compute.viewer", "roles/x", "roles/y"])
            #expect(removed.first?["members"]?.elements?.compactMap(\.string) == ["user:alice@example.com"])
            #expect(removed.first?["end_time"]?.string == ended.end.description)
            #expect(removed.first?["description"]?.string == ended.description)
        }
    }

    @Test func `a write whose answer was lost is announced once it is confirmed`() async throws {
        try await onStage(Self.settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            // Not a reset before the first byte: libcurl repeats that by itself on a connection that was used before.
            stage.cloud.faults.inject(.cut(afterBytes: 0), at: .setIamPolicy)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            let messages = stage.cloud.pubSub.published(Self.topic)
            #expect(messages.count == 1)
            #expect(try read(try #require(messages.first))["etag_after"]?.isNull == true)
        }
    }
}
