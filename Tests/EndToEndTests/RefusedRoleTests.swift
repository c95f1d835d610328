import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// Where the account's role grants are limited, Google refuses a whole write for one role, and does not say which.
@Suite("Roles that the service may not change")
struct RefusedRoleTests {
    private static let refused = "roles/resourcemanager.projectIamAdmin"
    private let clock = ManualTime.running()
    private let alice = activation("alice@example.com", ["roles/a"])
    private let bob = activation("bob@example.com", ["roles/b"])
    private let carol = activation("carol@example.com", [refused])

    /// A stage with a binding of each user, of whom one has the refused role.
    private func limited(
        to roles: Set<String> = ["roles/a", "roles/b"],
        _ settings: [String: String] = [:],
        _ body: @Sendable (Stage) async throws -> Void
    ) async throws {
        let policy = LocalPolicy.policy(alice.bindings + bob.bindings + carol.bindings)
        try await onStage(settings, policy: policy, clock: clock) { stage async throws in
            stage.cloud.resourceManager.setModifiableRoles(roles, of: Stage.project)
            try await body(stage)
        }
    }

    private func roles(_ stage: Stage) -> [String?] {
        (stage.cloud.resourceManager.policy(Stage.project)?.root["bindings"]?.elements ?? []).map { $0["role"]?.string }
    }

    @Test func `a 403 that names setIamPolicy is about the whole project, and is not split`() async throws {
        try await limited { stage async throws in
            stage.cloud.resourceManager.setDenied(true, .setIamPolicy, on: Stage.project)
            for activation in [alice, bob, carol] {
                #expect(try await stage.push(activation.message(.selfApproved)).status == 500)
            }
            #expect(stage.calls == (1, 1))
            #expect(stage.bindings.count == 3)
            #expect(stage.log.lines(of: "policy.roles-refused").isEmpty)
        }
    }

    @Test func `one of three is named in the log, and its notice is sent back; the others' are done`() async throws {
        try await limited { stage async throws in
            let own = try await stage.push(carol.message(.selfApproved), id: "3")
            #expect(own.status == 500)
            #expect(own.header("retry-after") != nil)
            #expect(roles(stage) == [Self.refused])
            let line = try #require(stage.log.lines(of: "activation.failed").first)
            #expect(line["severity"]?.string == "ERROR")
            #expect(line["reason"]?.string == "permission-denied")
            #expect(line["detail"]?.string == "\(Self.refused): The caller does not have permission")
            let summary = try #require(stage.log.lines(of: "policy.roles-refused").first)
            #expect(summary["severity"]?.string == "ERROR")
            #expect(summary["roles"]?.elements?.compactMap(\.string) == [Self.refused])
            #expect(summary["detail"]?.string == "The caller does not have permission")
            // All of it, then its halves: 2·⌈log2 3⌉ more.
            #expect(stage.calls == (5, 5))
            #expect(stage.log.lines(of: "binding.removed").count == 2)
            #expect(try await stage.push(alice.message(.selfApproved), id: "1").status == 204)
            #expect(try await stage.push(bob.message(.selfApproved), id: "2").status == 204)
            #expect(stage.calls == (5, 5))
        }
    }

    @Test func `three callers at once get each its own answer`() async throws {
        try await limited { stage async throws in
            stage.cloud.faults.setLatency(.milliseconds(50), at: .getIamPolicy)
            async let first = stage.push(alice.message(.selfApproved), id: "1")
            async let second = stage.push(bob.message(.selfApproved), id: "2")
            async let third = stage.push(carol.message(.selfApproved), id: "3")
            #expect(try await [first.status, second.status, third.status] == [204, 204, 500])
            #expect(roles(stage) == [Self.refused])
            #expect(stage.calls.writes == 5)
        }
    }

    @Test func `a young notice is done by the parts of the write that IAM accepted`() async throws {
        try await limited { stage async throws in
            #expect(try await stage.push(alice.message(.selfApproved), id: "1", ageSeconds: 0).status == 204)
            // Whose binding went in another's round is sent back: it may have been granted once more since.
            #expect(try await stage.push(bob.message(.selfApproved), id: "2", ageSeconds: 0).status == 425)
            #expect(try await stage.push(carol.message(.selfApproved), id: "3", ageSeconds: 0).status == 500)
        }
    }

    @Test func `a notice of which one role goes and another is refused is sent back`() async throws {
        let both = activation("dan@example.com", ["roles/a", Self.refused])
        try await limited { stage async throws in
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(both.bindings))
            #expect(try await stage.push(both.message(.selfApproved)).status == 500)
            #expect(roles(stage) == [Self.refused])
        }
    }

    @Test func `a refused role of another member keeps no notice of that role waiting`() async throws {
        let other = activation("dan@example.com", [Self.refused])
        try await limited { stage async throws in
            #expect(try await stage.push(other.message(.selfApproved)).status == 204)
            #expect(roles(stage) == [Self.refused])
        }
    }

    @Test func `for a minute only the role is remembered, never the whole project`() async throws {
        let next = activation("erin@example.com", ["roles/b"], from: -1500, until: -900)
        try await limited { stage async throws in
            #expect(try await stage.push(carol.message(.selfApproved), id: "3").status == 500)
            let before = stage.calls
            let policy = LocalPolicy.policy(carol.bindings + next.bindings)
            try stage.cloud.resourceManager.setPolicy(Stage.project, policy)
            #expect(try await stage.push(next.message(.approved), id: "4", ageSeconds: 0).status == 204)
            #expect(roles(stage) == [Self.refused])
            #expect(stage.calls == (before.reads + 1, before.writes + 1))
            #expect(try await stage.push(carol.message(.selfApproved), id: "3").status == 500)
            #expect(stage.calls == (before.reads + 1, before.writes + 1))
        }
    }

    @Test func `it is tried again after the minute, and goes once that is allowed`() async throws {
        try await limited { stage async throws in
            #expect(try await stage.push(carol.message(.selfApproved)).status == 500)
            stage.cloud.resourceManager.setModifiableRoles(nil, of: Stage.project)
            #expect(try await stage.push(carol.message(.selfApproved)).status == 500)
            clock.advance(.seconds(61))
            #expect(try await stage.push(carol.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `where none may be changed every one is tried, and nothing goes`() async throws {
        try await limited(to: []) { stage async throws in
            for activation in [alice, bob, carol] {
                #expect(try await stage.push(activation.message(.selfApproved)).status == 500)
            }
            #expect(stage.bindings.count == 3)
            #expect(stage.calls.writes == 5)
            #expect(stage.log.lines(of: "policy.roles-refused").first?["role_count"]?.integer == 3)
        }
    }

    @Test func `a round makes 16 further writes at most, and the next one begins with what that did not try`()
        async throws
    {
        let many = activation("alice@example.com", (0..<40).map { "roles/r\($0)" })
        @Sendable func refused(_ stage: Stage) -> [Set<String>] {
            stage.log.lines(of: "policy.roles-refused").map { Set($0["roles"]?.elements?.compactMap(\.string) ?? []) }
        }
        try await limited(to: []) { stage async throws in
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(many.bindings))
            #expect(try await stage.push(many.message(.selfApproved)).status == 500)
            #expect(stage.calls.writes == 17)
            clock.advance(.seconds(61))
            #expect(try await stage.push(many.message(.selfApproved)).status == 500)
            #expect(stage.calls.writes == 34)
            let rounds = refused(stage)
            #expect(rounds.count == 2 && rounds.allSatisfy { !$0.isEmpty && $0.count < 20 })
            #expect(rounds[0].isDisjoint(with: rounds[1]))
        }
    }

    @Test func `what is known to be refused is left out for a minute, and all else goes`() async throws {
        let many = activation("alice@example.com", (0..<40).map { "roles/r\($0)" })
        try await limited(to: []) { stage async throws in
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(many.bindings))
            #expect(try await stage.push(many.message(.selfApproved)).status == 500)
            let count = stage.log.lines(of: "policy.roles-refused").first?["role_count"]?.integer
            let refused = Int(try #require(count))
            stage.cloud.resourceManager.setModifiableRoles(nil, of: Stage.project)
            #expect(try await stage.push(many.message(.selfApproved)).status == 500)
            #expect(stage.calls.writes <= 34)
            #expect(stage.bindings.count == refused)
            clock.advance(.seconds(61))
            #expect(try await stage.push(many.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
        }
    }
}
