import IAMPolicy
import Testing
import Timestamps

@Suite struct PolicyEditTests {
    private func edit(_ bindings: [String], grace: Int64 = 60) throws -> PolicyEdit {
        try Sample.policy(bindings).edit(now: Sample.now, graceSeconds: grace)
    }

    /// What stays, and whether its title is in scope.
    static let others: [(binding: String, isInScope: Bool)] = [
        (Sample.binding(title: nil, description: nil, if: nil), false),
        (Sample.binding(title: "Other", if: Sample.expired), false), (Sample.binding(if: Sample.live), true),
        (Sample.binding(if: Sample.scheduled), true), (Sample.binding(if: "true"), true),
        (Sample.binding(if: Sample.dead), true), (Sample.binding(if: "(\(Sample.expired)) && false"), true),
        (Sample.binding(if: "has({}.jitAccessConstraint)"), true),
        (Sample.binding("roles/owner", title: nil, description: nil, if: nil), false),
        (Sample.binding(title: "Eligible for JIT access", if: "has({}.jitAccessConstraint)"), false),
        (Sample.binding(title: "Created by: PAM", if: Sample.expired), false),
        (Sample.binding().replacing(#"["user:alice@example.com"]"#, with: "[null]"), true),
    ]

    @Test(arguments: others)
    func `what has not ended, or is not in scope, is never removed`(_ binding: String, isInScope: Bool) throws {
        let edit = try edit([binding])
        #expect(edit.setIamPolicyBody() == nil)
        #expect(edit.setIamPolicyBody(roles: ["roles/compute.viewer", "roles/owner"]) == nil)
        #expect(edit.expired.isEmpty)
        #expect(edit.kept.count == (isInScope ? 1 : 0))
    }

    @Test func `what has ended within the grace stays`() throws {
        let ended = Sample.binding(if: Sample.window("2024-06-01T11:00:00Z", "2024-06-01T11:59:30Z"))
        #expect(try edit([ended]).setIamPolicyBody() == nil)
        #expect(try edit([ended], grace: 30).writtenPolicy() == Sample.policyText([]))
    }

    @Test func `an expired binding goes whole, between others that stay`() throws {
        let others = Self.others.map(\.binding)
        for position in 0...others.count {
            var bindings = others
            bindings.insert(Sample.binding(), at: position)
            let edit = try edit(bindings)
            #expect(edit.writtenPolicy() == Sample.policyText(others))
            let expired = try #require(edit.expired.first)
            #expect(edit.expired.count == 1)
            #expect(expired.role == "roles/compute.viewer")
            #expect(expired.members == ["user:alice@example.com"])
            #expect(expired.period == Sample.period("2024-06-01T10:00:00Z", "2024-06-01T11:00:00Z"))
            #expect(expired.title == "JIT access activation")
            #expect(expired.description == "Self-approved, justification: CASE-123")
            #expect(expired.expression == Sample.expired)
            #expect(edit.etagBefore == "BwWWja0YfJA=")
        }
    }

    @Test func `what stays is told with its state, in the policy's order`() throws {
        let edit = try edit(Self.others.map(\.binding) + [Sample.binding()])
        #expect(
            edit.kept.map(\.state) == [
                .live(Sample.period("2024-06-01T11:30:00Z", "2024-06-01T12:30:00Z")),
                .scheduled(Sample.period("2024-06-01T12:30:00Z", "2024-06-01T13:30:00Z")),
                .notUnderstood(.noWindow), .notUnderstood(.noWindow), .neverGranted,
                .notUnderstood(.eligibilityMarker), .notUnderstood(.malformedMembers),
            ]
        )
        #expect(edit.kept.first?.expression == Sample.live)
        #expect(edit.kept.map(\.role) == Array(repeating: "roles/compute.viewer", count: 7))
        #expect(edit.kept.map(\.members) == Array(repeating: ["user:alice@example.com"], count: 6) + [[]])
    }

    @Test func `everything may go`() throws {
        let edit = try edit([Sample.binding(), Sample.binding("roles/b", ["user:b@c"])])
        #expect(edit.writtenPolicy() == Sample.policyText([]))
    }

    @Test func `an edit of its own result is nothing`() throws {
        let written = try #require(try edit(Self.others.map(\.binding) + [Sample.binding()]).writtenPolicy())
        let again = try Policy(Array(written.utf8)).edit(now: Sample.now, graceSeconds: 60)
        #expect(again.setIamPolicyBody() == nil)
    }

    @Test func `the same binding twice goes twice`() throws {
        let edit = try edit([Sample.binding(), Sample.binding(), Sample.binding(if: Sample.live)])
        #expect(edit.expired.count == 2)
        #expect(edit.writtenPolicy() == Sample.policyText([Sample.binding(if: Sample.live)]))
    }

    @Test(arguments: [
        (#""version":3,"#, #""version":3,"#), (#""version":1,"#, #""version":3,"#),
        (#""version":0,"#, #""version":3,"#),
        ("", #""version":3,"#), (#""version" : 1 ,"#, #""version" : 3 ,"#),
    ])
    func `what is written has version 3`(_ before: String, after: String) throws {
        let policy = try Policy(Array(Sample.policyText([Sample.binding()], version: before).utf8))
        let edit = policy.edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.writtenPolicy() == Sample.policyText([], version: after))
    }

    @Test func `more than 20 bindings of one role and member are all found`() throws {
        let bindings = (0..<30).map {
            Sample.binding(if: Sample.window("2024-05-\(10 + $0 % 20)T10:00:00Z", "2024-05-\(10 + $0 % 20)T11:00:00Z"))
        }
        #expect(try edit(bindings).expired.count == 30)
    }

    // MARK: Members

    private static let party = [
        "group:g@example.com", "user:alice@example.com", "deleted:user:bob@example.com?uid=1", "domain:example.com",
    ]

    @Test func `no member is split off a binding that lives`() throws {
        let live = Sample.binding("roles/a", Self.party, if: Sample.live)
        #expect(try edit([live]).setIamPolicyBody() == nil)
        let edit = try edit([Sample.binding("roles/a"), live, Sample.binding("roles/a", ["group:g@example.com"])])
        #expect(edit.writtenPolicy() == Sample.policyText([live]))
        #expect(edit.kept.map(\.members) == [Self.party])
    }

    @Test func `a binding of several members goes with all of them`() throws {
        let edit = try edit([Sample.binding("roles/a", Self.party)])
        #expect(edit.expired.map(\.members) == [Self.party])
        #expect(edit.writtenPolicy() == Sample.policyText([]))
    }

    @Test func `an expired binding without members goes`() throws {
        for empty in [
            Sample.binding("roles/compute.viewer", []),
            Sample.binding().replacing(#""members":["user:alice@example.com"],"#, with: ""),
        ] {
            let edit = try edit([empty])
            #expect(edit.expired.map(\.members) == [[]])
            #expect(edit.writtenPolicy() == Sample.policyText([]))
        }
    }
}
