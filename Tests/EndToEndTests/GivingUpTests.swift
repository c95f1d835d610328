import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// IAM takes minutes to let a new permission reach everywhere, and messages that are replayed may be days old.
@Suite("Giving up on what is refused for good")
struct GivingUpTests {
    private let clock = ManualTime.running()
    private let ended = activation()

    /// A stage on which a permission is missing, and every message that ended a minute ago is old enough to be given up.
    private func denied(
        _ permission: PolicyPermission = .getIamPolicy,
        _ changes: [String: String] = [:],
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let settings = ["GIVE_UP_SECONDS": "60"].merging(changes) { $1 }
        try await onStage(settings, policy: LocalPolicy.policy(ended.bindings), clock: clock) { stage async throws in
            stage.cloud.resourceManager.setDenied(true, permission, on: Stage.project)
            try await body(stage)
        }
    }

    @Test func `one past GIVE_UP_SECONDS is not given up at its first denial`() async throws {
        try await denied { stage async throws in
            let answer = try await stage.push(ended.message(.selfApproved))
            #expect(answer.status == 500)
            #expect(answer.header("retry-after") == "60")
            #expect(stage.log.field("reason", of: "activation.failed") == "permission-denied")
            #expect(stage.log.lines(of: "message.dropped").isEmpty)
        }
    }

    @Test func `nor when it was denied less than ten minutes ago`() async throws {
        try await denied { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            for _ in 0..<9 {
                clock.advance(.seconds(65))
                #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            }
            #expect(stage.log.lines(of: "message.dropped").isEmpty)
        }
    }

    @Test func `nor because another message was denied ten minutes ago`() async throws {
        try await denied { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved), id: "1").status == 500)
            clock.advance(.seconds(610))
            #expect(try await stage.push(ended.message(.selfApproved), id: "2").status == 500)
        }
    }

    @Test func `nor for a reason that is another one than ten minutes ago`() async throws {
        try await denied(.setIamPolicy) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            clock.advance(.seconds(610))
            stage.cloud.faults.inject(.status(200, body: Array("{}".utf8)), at: .getIamPolicy)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            #expect(stage.log.lines(of: "activation.failed").last?["reason"]?.string == "policy-not-understood")
            clock.advance(.seconds(300))
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            #expect(stage.log.lines(of: "message.dropped").isEmpty)
        }
    }

    @Test func `nor before GIVE_UP_SECONDS, however long it is denied`() async throws {
        try await denied(.getIamPolicy, ["GIVE_UP_SECONDS": "86400"]) { stage async throws in
            for _ in 0..<10 {
                #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
                clock.advance(.seconds(1000))
            }
            #expect(stage.log.lines(of: "message.dropped").isEmpty)
        }
    }

    @Test func `nor when Google's services fail, however long`() async throws {
        try await onStage(["GIVE_UP_SECONDS": "0", "REQUEST_TIMEOUT_SECONDS": "1"], clock: clock) {
            stage async throws in
            stage.cloud.faults.inject(.html(503), at: .getIamPolicy, .always)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
            clock.advance(.seconds(10_000))
            #expect(try await stage.push(ended.message(.selfApproved)).status == 503)
        }
    }

    @Test func `old messages that are replayed once the permission is granted are cleaned, none is dropped`()
        async throws
    {
        try await denied { stage async throws in
            let activations = (0..<5).map { activation("user\($0)@example.com", ["roles/r\($0)"]) }
            let policy = LocalPolicy.policy(activations.flatMap(\.bindings))
            try stage.cloud.resourceManager.setPolicy(Stage.project, policy)
            for (index, activation) in activations.enumerated() {
                #expect(try await stage.push(activation.message(.selfApproved), id: "\(index)").status == 500)
            }
            clock.advance(.seconds(610))
            // One that is not so old is denied, and that is remembered for a minute; within it all come again.
            let recent = activation("bob@example.com", ["roles/b"], until: 610 - 30)
            #expect(try await stage.push(recent.message(.selfApproved), id: "recent").status == 500)
            stage.cloud.resourceManager.setDenied(false, .getIamPolicy, on: Stage.project)
            for (index, activation) in activations.enumerated() {
                #expect(try await stage.push(activation.message(.selfApproved), id: "\(index)").status == 204)
            }
            #expect(stage.bindings.isEmpty)
            #expect(stage.log.lines(of: "message.dropped").isEmpty)
        }
    }

    @Test
    func `one is given up ten minutes after its first denial, when a call is denied now, and the line has it`()
        async throws
    {
        for permission in [PolicyPermission.getIamPolicy, .setIamPolicy] {
            try await denied(permission) { stage async throws in
                let message = ended.message(.selfApproved)
                #expect(try await stage.push(message).status == 500)
                clock.advance(.seconds(610))
                #expect(try await stage.push(message).status == 204)
                #expect(stage.log.field("severity", of: "message.dropped") == "ERROR")
                #expect(stage.log.field("reason", of: "message.dropped") == "permission-denied")
                #expect(stage.log.field("data", of: "message.dropped") == Base64.encode(message.data))
                #expect(stage.bindings.count == 1)
                // What is known of it goes with that answer: a replay begins anew.
                clock.advance(.seconds(120))
                #expect(try await stage.push(message).status == 500)
            }
        }
    }

    @Test func `a project that is gone is given up too, and a refused role`() async throws {
        try await onStage(["GIVE_UP_SECONDS": "0"], policy: nil, clock: clock) { stage async throws in
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            clock.advance(.seconds(610))
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.log.lines(of: "message.dropped").count == 1)
        }
        let policy = LocalPolicy.policy(ended.bindings)
        try await onStage(["GIVE_UP_SECONDS": "0"], policy: policy, clock: clock) { stage async throws in
            stage.cloud.resourceManager.setModifiableRoles([], of: Stage.project)
            #expect(try await stage.push(ended.message(.selfApproved)).status == 500)
            clock.advance(.seconds(610))
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            let detail = try #require(stage.log.field("detail", of: "message.dropped"))
            #expect(detail == "roles/compute.viewer: The caller does not have permission")
        }
    }
}
