import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// A policy with an eligible binding, a live activation and the given others.
private func policy(_ activations: LocalActivation...) -> [UInt8] {
    let live = activation("bob@example.com", ["roles/logging.admin"], from: -60, until: 7200)
    return LocalPolicy.policy(
        [
            LocalPolicy.binding("roles/owner", ["user:root@example.com"]),
            LocalPolicy.eligible("roles/compute.admin", ["group:developers@example.com"]),
        ] + live.bindings + activations.flatMap(\.bindings)
    )
}

@Suite("Answers to activations")
struct CleanupAnswerTests {
    @Test func `one that has not ended is sent back with 425 and Retry-After, without a call`() async throws {
        let live = activation(from: -60, until: 100)
        try await onStage(policy: policy(live)) { stage async throws in
            let answer = try await stage.push(live.message(.selfApproved))
            #expect(answer.status == 425)
            let seconds = try #require(answer.header("retry-after").flatMap { Int($0) })
            #expect((95...101).contains(seconds))
            #expect(stage.log.lines(of: "activation.waiting").count == 1)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test func `one that ended within the grace is left alone`() async throws {
        let recent = activation(from: -600, until: -5)
        try await onStage(["EXPIRY_GRACE_SECONDS": "60"], policy: policy(recent)) { stage async throws in
            #expect(try await stage.push(recent.message(.selfApproved)).status == 425)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test func `one that ended by our clock alone is left alone, and the clocks' difference is logged`() async throws {
        let ended = activation(from: -600, until: -30)
        try await onStage(policy: policy(ended)) { stage async throws in
            stage.cloud.faults.setDateHeader(.shifted(bySeconds: -100))
            let answer = try await stage.push(ended.message(.selfApproved))
            #expect(answer.status == 425)
            #expect(stage.calls == (1, 0))
            let line = try #require(stage.log.lines(of: "activation.clock-ahead").first)
            let ahead = try #require(line["clock_ahead_seconds"]?.integer)
            #expect((98...103).contains(ahead))
        }
    }

    @Test func `without Google's time nothing is removed`() async throws {
        let ended = activation()
        try await onStage(["REQUEST_TIMEOUT_SECONDS": "1"], policy: policy(ended)) { stage async throws in
            stage.cloud.faults.setDateHeader(.text("yesterday"))
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            #expect(stage.calls.writes == 0)
        }
    }

    @Test(arguments: [
        JITAccessMessageKind.selfApproved, .approved, .approvedWithResourceCondition, .binding,
    ])
    func `one that has ended is removed, whichever family announced it`(kind: JITAccessMessageKind) async throws {
        var ended = activation()
        ended.approver = "carol@example.com"
        if kind == .approvedWithResourceCondition { ended.resourceCondition = "resource.name == \"a\" || true" }
        let before = policy(ended)
        try await onStage(policy: before) { [ended] stage async throws in
            let others = Array(stage.bindings.dropLast())
            #expect(try await stage.push(ended.message(kind), id: "4711").status == 204)
            #expect(stage.bindings == others)
            #expect(stage.calls == (1, 1))
            #expect(stage.cloud.resourceManager.blindOverwrites == 0)
            let write = try #require(stage.cloud.resourceManager.history(Stage.project).last)
            #expect(write.reason?.contains("4711") == true)
            let line = try #require(stage.log.lines(of: "binding.removed").first)
            #expect(line["role"]?.string == "roles/compute.viewer")
            #expect(line["etag_before"]?.string == write.etagBefore)
            #expect(line["etag_after"]?.string == write.etagAfter)
            #expect(!stage.log.text.contains("CASE-123"))
        }
    }

    @Test func `a whole minute without seconds is the same instant`() async throws {
        var ended = activation()
        ended.start = Instant(seconds: ended.start.seconds / 60 * 60)
        ended.end = Instant(seconds: ended.end.seconds / 60 * 60)
        try await onStage(policy: policy(ended)) { [ended] stage async throws in
            let message = ended.message(.binding)
            #expect(!String(decoding: message.data, as: UTF8.self).contains("\(ended.end)"))
            #expect(try await stage.push(message).status == 204)
            #expect(stage.bindings.count == 3)
        }
    }

    @Test func `several joined roles are all removed in one write`() async throws {
        let ended = activation("alice@example.com", ["roles/a", "roles/b", "projects/shop-production/roles/c"])
        try await onStage(policy: policy(ended)) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.bindings.count == 3)
            #expect(stage.calls == (1, 1))
        }
    }

    @Test func `one that is already gone needs no write, however often it is delivered`() async throws {
        let ended = activation()
        try await onStage(policy: policy(ended)) { stage async throws in
            for _ in 0..<3 { #expect(try await stage.push(ended.message(.selfApproved)).status == 204) }
            #expect(stage.calls.writes == 1)
        }
    }

    @Test func `one that was replaced by a newer activation leaves that one alone`() async throws {
        let old = activation(from: -7200, until: -3600)
        let new = activation(from: -1800, until: 1800)
        try await onStage(policy: policy(new)) { stage async throws in
            #expect(try await stage.push(old.message(.selfApproved)).status == 204)
            #expect(stage.bindings.count == 4)
            #expect(stage.calls == (1, 0))
            let line = try #require(stage.log.lines(of: "binding.kept").first)
            #expect(line["severity"]?.string == "INFO")
            #expect(line["bindings"]?.elements?.compactMap(\.string) == ["roles/compute.viewer: live until \(new.end)"])
        }
    }

    @Test func `one whose window was extended by hand is done with, and a line names what lives on until when`()
        async throws
    {
        let old = activation("alice@example.com", ["roles/a", "roles/b"])
        let extended = activation("alice@example.com", ["roles/b"], until: 5000)
        let others = activation("carol@example.com", ["roles/b"], from: -60, until: 6000)
        let roleA = activation("alice@example.com", ["roles/a"])
        try await onStage(policy: policy(roleA, extended, others)) { stage async throws in
            #expect(try await stage.push(old.message(.selfApproved)).status == 204)
            #expect(stage.bindings.count == 5)
            let line = try #require(stage.log.lines(of: "binding.kept").first)
            #expect(line["severity"]?.string == "INFO")
            #expect(line["count"]?.integer == 1)
            #expect(line["bindings"]?.elements?.compactMap(\.string) == ["roles/b: live until \(extended.end)"])
            #expect(line["beneficiary"]?.string == "alice@example.com")
            #expect(stage.log.field("severity", of: "activation.done") == "INFO")
        }
    }

    @Test func `one message clears every expired activation of its project`() async throws {
        let own = activation()
        let others = [
            activation("carol@example.com", ["roles/x"], from: -900, until: -60),
            activation("dan@example.com", ["roles/y"], from: -90_000, until: -80_000),
        ]
        try await onStage(policy: policy(own, others[0], others[1])) { stage async throws in
            #expect(try await stage.push(own.message(.selfApproved)).status == 204)
            #expect(stage.bindings.count == 3)
            #expect(stage.log.lines(of: "binding.removed").count == 3)
        }
    }

    @Test func `an expired binding goes as a whole, with members that no message named`() async throws {
        let own = activation()
        let shared = LocalPolicy.binding(
            "roles/compute.viewer",
            ["user:ALICE@Example.com", "user:erin@example.com"],
            condition: LocalPolicy.condition("JIT access activation", own.expression)
        )
        try await onStage(policy: LocalPolicy.policy([shared])) { stage async throws in
            #expect(try await stage.push(own.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
            let line = try #require(stage.log.lines(of: "binding.removed").first)
            #expect(line["member_count"]?.integer == 2)
        }
    }

    @Test func `a deleted user's binding goes too`() async throws {
        let own = activation()
        let deleted = LocalPolicy.binding(
            "roles/compute.viewer",
            ["deleted:user:Alice@example.com?uid=123456789012345678901"],
            condition: LocalPolicy.condition("JIT access activation", own.expression)
        )
        try await onStage(policy: LocalPolicy.policy([deleted])) { stage async throws in
            #expect(try await stage.push(own.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `a dry run decides and reports, but writes nothing`() async throws {
        let ended = activation()
        try await onStage(["DRY_RUN": "true"], policy: policy(ended)) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.calls == (1, 0))
            #expect(stage.log.lines(of: "binding.would-remove").count == 1)
            #expect(stage.log.lines(of: "binding.removed").isEmpty)
        }
    }

    @Test func `every other byte of the policy goes back as it came`() async throws {
        let ended = activation()
        let odd = #"""
            {"unknown":[1e400,9223372036854775809,-0.0,"\u00e9\/"],"bindings":[
             {"role":"roles/a","members":["user:A@example.com"],"condition":{"title":"t","expression":"true","location":"x"}},
             \#(String(decoding: ended.bindings[0].bytes(), as: UTF8.self)),
             {"role":"roles/a","members":["user:A@example.com"]},{"members":["user:A@example.com"],"role":"roles/a"}
            ],"auditConfigs":[{"service":"allServices"}],"version":3}
            """#
        try await onStage(policy: Array(odd.utf8)) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            let write = try #require(stage.cloud.resourceManager.history(Stage.project).last)
            let sent = String(decoding: write.sent, as: UTF8.self)
            for part in [
                #""unknown":[1e400,9223372036854775809,-0.0,"\u00e9\/"]"#, #""location":"x""#,
                #"{"role":"roles/a","members":["user:A@example.com"]},{"members":["user:A@example.com"],"role":"roles/a"}"#,
                #""auditConfigs":[{"service":"allServices"}]"#,
            ] {
                #expect(sent.contains(part))
            }
            #expect(stage.bindings.count == 3)
        }
    }
}
