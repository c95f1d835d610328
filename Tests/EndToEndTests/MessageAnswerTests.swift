import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing

@Suite("Answers to messages that need nothing done, or never can")
struct MessageAnswerTests {
    @Test(arguments: [JITAccessMessageKind.requested, .cleanupEcho])
    func `messages that make no binding are acknowledged without a call`(kind: JITAccessMessageKind) async throws {
        try await onStage { stage async throws in
            #expect(try await stage.push(activation().message(kind)).status == 204)
            #expect(stage.log.lines(of: "message.ignored").count == 1)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test(arguments: ["jit-approval", "jit-error", "jit-notification"])
    func `messages of the origin family that make no binding are acknowledged without a call`(origin: String)
        async throws
    {
        try await onStage { stage async throws in
            let data = #"{"payload":{"user":"a@example.com","role":"roles/x","project_id":"shop-production"}}"#
            #expect(try await stage.push(data: data, attributes: ["origin": origin]).status == 204)
            #expect(stage.log.field("kind", of: "message.ignored") == origin)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test(arguments: ["{}", "hello", #"{"type":"Other","attributes":{}}"#])
    func `what is not JIT Access's is acknowledged without a call`(data: String) async throws {
        try await onStage { stage async throws in
            #expect(try await stage.push(data: data).status == 204)
            #expect(stage.log.field("reason", of: "message.ignored") == "not-jit-access")
            #expect(stage.calls == (0, 0))
        }
    }

    @Test(arguments: [
        #"{"type":"ActivationSelfApproved","attributes":{"role":"roles/x"}}"#,
        #"{"type":"ActivationSelfApproved","attributes":{"role":"r","beneficiary":"a@b.c","project_id":"shop-production","start_time":"2024-01-01T00:00:00Z","end_time":"1900-02-30T00:00:00Z"}}"#,
        #"{"type":"ActivationSelfApproved","attributes":{"role":"r","beneficiary":"a@b.c","project_id":"shop-production","start_time":"2024-01-02T00:00:00Z","end_time":"2024-01-01T00:00:00Z"}}"#,
        #"{"type":"ActivationSelfApproved","attrib"#,
    ])
    func `an activation that can never be acted on is acknowledged, and the ERROR line has it whole`(data: String)
        async throws
    {
        try await onStage { stage async throws in
            #expect(try await stage.push(data: data, attributes: ["a": "b\nc"]).status == 204)
            let line = try #require(stage.log.lines(of: "message.dropped").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["data"]?.string == Base64.encode(Array(data.utf8)))
            #expect(line["attributes"]?["a"]?.string == "b\nc")
            #expect(stage.calls == (0, 0))
        }
    }

    @Test(arguments: [
        "../../v1/projects/other", "shop-production:setIamPolicy", "shop-production/../other", "a", "UPPER-CASE",
        "shop-production?x=", "shop-production#", "shop%2Dproduction", "shop production", "shop-production\n",
        "123456789012", "projects/shop-production", "shop-productiön",
    ])
    func `a project ID that is none never leaves its place in a URL`(project: String) async throws {
        try await onStage { stage async throws in
            let message = activation(project: project).message(.selfApproved)
            #expect(try await stage.push(message).status == 204)
            #expect(stage.log.field("reason", of: "message.dropped") == "impossible-project")
            #expect(stage.calls == (0, 0))
            #expect(stage.cloud.requests.count(.unknown) == 0)
        }
    }

    @Test func `a project outside ALLOWED_PROJECTS is never looked at`() async throws {
        try await onStage(["ALLOWED_PROJECTS": "other-project, test-*"]) { stage async throws in
            #expect(try await stage.push(activation().message(.selfApproved)).status == 204)
            #expect(stage.log.field("reason", of: "message.dropped") == "project-not-allowed")
            #expect(stage.calls == (0, 0))
        }
    }

    @Test func `ten thousand roles are refused with a clear line and no call`() async throws {
        try await onStage { stage async throws in
            let roles = (0..<10_000).map { "roles/r\($0)" }
            #expect(try await stage.push(activation("a@example.com", roles).message(.selfApproved)).status == 204)
            #expect(stage.log.lines(of: "message.dropped").count == 1)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test func `the quarantine topic gets the message unchanged, with the reason`() async throws {
        let topic = "projects/own-project/topics/quarantine"
        try await onStage(["QUARANTINE_TOPIC_NAME": topic]) { stage async throws in
            stage.cloud.pubSub.createTopic(topic)
            let data = #"{"type":"ActivationSelfApproved","attributes":{}}"#
            #expect(try await stage.push(data: data, attributes: ["kept": "as it was"]).status == 204)
            let taken = try #require(stage.cloud.pubSub.published(topic).first)
            #expect(taken.content.data == Array(data.utf8))
            #expect(taken.content.attributes["kept"] == "as it was")
            #expect(taken.content.attributes["jitcleanup-quarantine-reason"] == "message-not-understood")
            #expect(stage.log.lines(of: "message.quarantined").count == 1)
        }
    }

    @Test func `a message is not acknowledged while the quarantine topic does not take it`() async throws {
        try await onStage(["QUARANTINE_TOPIC_NAME": "projects/own-project/topics/quarantine"]) { stage async throws in
            let answer = try await stage.push(data: #"{"type":"ActivationSelfApproved","attributes":{}}"#)
            #expect(answer.status == 503)
            #expect(stage.log.lines(of: "message.quarantine-failed").count == 1)
        }
    }

    @Test func `a message that comes from a quarantine already does not go round`() async throws {
        let topic = "projects/own-project/topics/quarantine"
        try await onStage(["QUARANTINE_TOPIC_NAME": topic]) { stage async throws in
            stage.cloud.pubSub.createTopic(topic)
            let data = #"{"type":"ActivationSelfApproved","attributes":{}}"#
            let attributes = ["jitcleanup-quarantine-message-id": "1"]
            #expect(try await stage.push(data: data, attributes: attributes).status == 204)
            #expect(stage.cloud.pubSub.published(topic).isEmpty)
            #expect(stage.log.lines(of: "message.dropped").count == 1)
        }
    }

    @Test func `ten megabytes of JSON cost no more than their bytes`() async throws {
        try await onStage { stage async throws in
            let data = #"{"type":"ActivationSelfApproved","a":["# + String(repeating: "0,", count: 4_900_000) + "0]}"
            #expect(try await stage.push(data: data).status == 204)
            let line = try #require(stage.log.lines(of: "message.dropped").first)
            #expect(line["data_bytes"]?.integer == Int64(data.utf8.count))
            let logged = try #require(line["data"]?.utf8)
            #expect(Base64.decode(logged)?.count == 64 * 1024)
        }
    }
}
