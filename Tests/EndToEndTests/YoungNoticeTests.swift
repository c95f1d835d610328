import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// Reads may lag, and a peer may approve when the window has passed already.
@Suite("Notices so young that a read may not show their binding")
struct YoungNoticeTests {
    private let clock = ManualTime.running()
    /// Of ten minutes, asked for 25 minutes ago.
    private let late = activation("bob@example.com", ["roles/b"], from: -1500, until: -900)
    /// Of one minute.
    private let short = activation("carol@example.com", ["roles/a", "roles/b"], from: -121, until: -61)

    @Test func `a lagging read that shows no binding ends nothing`() async throws {
        try await onStage { stage async throws in
            stage.cloud.pubSub.createTopic(stage.cloud.topicName("jit-access"))
            _ = try stage.cloud.activate(short, .selfApproved)
            stage.cloud.resourceManager.serveReads(2, of: Stage.project, asOf: short.end)
            for _ in 0..<2 {
                let answer = try await stage.push(short.message(.selfApproved), ageSeconds: 0)
                #expect(answer.status == 425)
                #expect(answer.header("retry-after").flatMap { Int($0) }.map { (590...601).contains($0) } == true)
            }
            #expect(stage.log.lines(of: "activation.young").count == 2)
            #expect(stage.calls == (2, 0))
            #expect(stage.bindings.count == 2)
            // Google's replicas agree, and Pub/Sub delivers again.
            #expect(try await stage.push(short.message(.selfApproved), ageSeconds: 1).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.log.lines(of: "activation.done").first?["remembered"]?.boolean == false)
        }
    }

    @Test func `a lagging read that shows one role of two leads to a conflict, and both go`() async throws {
        try await onStage { stage async throws in
            stage.cloud.pubSub.createTopic(stage.cloud.topicName("jit-access"))
            _ = try await stage.cloud.activate(short, .selfApproved, pausing: .milliseconds(20))
            let first = try #require(stage.cloud.resourceManager.history(Stage.project).first)
            stage.cloud.resourceManager.serveReads(1, of: Stage.project, asOf: first.time)
            #expect(try await stage.push(short.message(.selfApproved), ageSeconds: 0).status == 204)
            #expect(stage.cloud.resourceManager.conflicts == 1)
            #expect(stage.calls == (2, 2))
            #expect(stage.bindings.isEmpty)
            #expect(stage.log.lines(of: "binding.removed").count == 2)
        }
    }

    @Test func `a lagging read that shows one role of two for too long is answered with 500, and nothing goes`()
        async throws
    {
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "2"]) { stage async throws in
            stage.cloud.pubSub.createTopic(stage.cloud.topicName("jit-access"))
            _ = try await stage.cloud.activate(short, .selfApproved, pausing: .milliseconds(20))
            let first = try #require(stage.cloud.resourceManager.history(Stage.project).first)
            stage.cloud.resourceManager.serveReads(1000, of: Stage.project, asOf: first.time)
            #expect(try await stage.push(short.message(.selfApproved), ageSeconds: 0).status == 500)
            #expect(stage.log.field("reason", of: "activation.failed") == "out-of-time")
            #expect(stage.bindings.count == 2)
        }
    }

    @Test func `an approval after its end is cleaned, though its project was looked at a moment ago`() async throws {
        let old = activation()
        try await onStage(policy: LocalPolicy.policy(old.bindings)) { stage async throws in
            #expect(try await stage.push(old.message(.selfApproved), id: "1").status == 204)
            stage.cloud.pubSub.createTopic(stage.cloud.topicName("jit-access"))
            _ = try stage.cloud.activate(late, .approved)
            #expect(stage.bindings.count == 1)
            #expect(try await stage.push(late.message(.approved), id: "2", ageSeconds: 0).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.calls == (2, 2))
            #expect(stage.log.lines(of: "activation.done").map { $0["remembered"]?.boolean } == [false, false])
        }
    }

    @Test func `two reviewers who approve one request are two notices, and each one's binding goes`() async throws {
        try await onStage { stage async throws in
            stage.cloud.pubSub.createTopic(stage.cloud.topicName("jit-access"))
            for reviewer in ["dan@example.com", "erin@example.com"] {
                var approved = late
                approved.approver = reviewer
                _ = try stage.cloud.activate(approved, .approved)
                #expect(try await stage.push(approved.message(.approved), id: reviewer, ageSeconds: 0).status == 204)
                #expect(stage.bindings.isEmpty)
            }
            // The first one comes again: it cannot be told from a third approval.
            #expect(try await stage.push(late.message(.approved), id: "dan@example.com", ageSeconds: 5).status == 425)
            #expect(stage.calls.writes == 2)
        }
    }

    @Test func `a read is no answer for a notice that was young for it, however old that is by now`() async throws {
        let old = activation()
        try await onStage(clock: clock) { stage async throws in
            stage.cloud.pubSub.createTopic(stage.cloud.topicName("jit-access"))
            _ = try stage.cloud.activate(late, .approved)
            // 570 s after that the read still shows the policy from before.
            stage.cloud.resourceManager.serveReads(1, of: Stage.project, asOf: late.end)
            #expect(try await stage.push(old.message(.selfApproved), id: "1").status == 204)
            clock.advance(.seconds(32))
            #expect(try await stage.push(late.message(.approved), id: "2", ageSeconds: 602).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.calls == (2, 1))
            // By now the read is one for which it was not young.
            #expect(try await stage.push(late.message(.approved), id: "2", ageSeconds: 603).status == 204)
            #expect(stage.calls == (2, 1))
            #expect(stage.log.lines(of: "activation.done").map { $0["remembered"]?.boolean } == [false, false, true])
        }
    }

    @Test func `one is done by any write that IAM accepts, since its etag proves that the read was current`()
        async throws
    {
        let other = activation()
        try await onStage(policy: LocalPolicy.policy(other.bindings)) { stage async throws in
            #expect(try await stage.push(late.message(.approved), ageSeconds: 0).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.calls == (1, 1))
        }
    }

    @Test func `on a dry run only age ends the doubt`() async throws {
        try await onStage(["DRY_RUN": "true"], policy: LocalPolicy.policy(late.bindings)) { stage async throws in
            #expect(try await stage.push(late.message(.approved), ageSeconds: 590).status == 425)
            #expect(try await stage.push(late.message(.approved), ageSeconds: 602).status == 204)
            #expect(stage.bindings.count == 1)
        }
    }

    @Test(arguments: [(-500, 425), (-700, 204)])
    func `without a time of publishing the end stands in for it`(end: Int64, status: Int) async throws {
        try await onStage { stage async throws in
            let data = Base64.encode(activation(until: end).message(.selfApproved).data)
            let body = #"{"message":{"data":"\#(data)","messageId":"1","publishTime":"soon"},"subscription":"s"}"#
            #expect(try await stage.push(body: Array(body.utf8)).status == status)
            #expect(stage.calls == (1, 0))
        }
    }

    @Test func `a write whose reply was lost ends no doubt about a binding that is younger than ten minutes`()
        async throws
    {
        try await onStage(policy: LocalPolicy.policy(late.bindings), clock: clock) { stage async throws in
            stage.cloud.faults.inject(.cut(afterBytes: 0), at: .setIamPolicy)
            #expect(try await stage.push(late.message(.approved), ageSeconds: 0).status == 425)
            #expect(stage.bindings.isEmpty)
            #expect(stage.log.lines(of: "binding.removed").isEmpty)
            clock.advance(.seconds(601))
            #expect(try await stage.push(late.message(.approved), ageSeconds: 602).status == 204)
            #expect(stage.log.field("etag_after", of: "binding.removed") == "unknown")
            #expect(stage.calls == (3, 1))
        }
    }
}
