import IAMPolicy
import Testing
import Timestamps

@Suite struct PolicyEditTests {
    private func edit(_ bindings: [String], _ removals: [Removal], grace: Int64 = 60) throws -> PolicyEdit {
        try Sample.policy(bindings).edit(removals, now: Sample.now, graceSeconds: grace)
    }

    static let others: [String] = [
        Sample.binding(title: nil, description: nil, if: nil), Sample.binding(title: "Other", if: Sample.expired),
        Sample.binding(if: Sample.live), Sample.binding(if: Sample.scheduled), Sample.binding(if: "true"),
        Sample.binding(if: "has({}.jitAccessConstraint)"),
        Sample.binding("roles/owner", ["user:alice@example.com"], title: nil, description: nil, if: nil),
        Sample.binding(title: "Eligible for JIT access", if: "has({}.jitAccessConstraint)"),
        Sample.binding(title: "Created by: PAM", if: Sample.expired),
    ]

    @Test(arguments: others)
    func `what has not expired or is not JIT Access's is never removed`(_ binding: String) throws {
        let live = Removal.activation(
            beneficiary: "alice@example.com",
            roles: ["roles/compute.viewer", "roles/owner"],
            start: nil,
            end: Sample.instant("2024-06-01T12:30:00Z")
        )
        let edit = try edit([binding], [.allExpired, Sample.activation(), Sample.activation(start: nil), live])
        #expect(edit.setIamPolicyBody == nil)
        #expect(edit.removed.isEmpty)
        #expect(edit.outcomes.allSatisfy { $0.removed.isEmpty })
    }

    static let strangers: [Removal] = [
        Sample.activation("bob@example.com"), Sample.activation("user:alice@example.com"), Sample.activation(""),
        Sample.activation(roles: []), Sample.activation(roles: ["roles/compute.admin"]),
        Sample.activation(roles: ["roles/Compute.viewer"]),
        Sample.activation(roles: ["roles/compute.viewer, roles/x"]),
        Sample.activation(end: "2024-06-01T11:00:00.000000001Z"),
        Sample.activation(start: "2024-06-01T10:00:01Z"), Sample.activation(start: nil, end: "2024-06-01T10:00:00Z"),
        Sample.activation(start: "2024-06-01T11:00:00Z", end: "2024-06-01T10:00:00Z"),
    ]

    @Test(arguments: strangers)
    func `an activation takes nothing of another user, role or window`(_ removal: Removal) throws {
        #expect(try edit([Sample.binding()], [removal]).setIamPolicyBody == nil)
    }

    @Test func `no removals remove nothing`() throws {
        let edit = try edit([Sample.binding()], [])
        #expect(edit.setIamPolicyBody == nil)
        #expect(edit.etagBefore == "BwWWja0YfJA=")
    }

    @Test(arguments: [Removal.allExpired, Sample.activation(), Sample.activation("ALICE@EXAMPLE.COM", start: nil)])
    func `an expired binding goes whole, between others that stay`(_ removal: Removal) throws {
        for position in 0...Self.others.count {
            var bindings = Self.others
            bindings.insert(Sample.binding(), at: position)
            let edit = try edit(bindings, [removal])
            #expect(edit.writtenPolicy == Sample.policyText(Self.others))
            let removed = try #require(edit.removed.first)
            #expect(edit.removed.count == 1)
            #expect(removed.role == "roles/compute.viewer")
            #expect(removed.members == ["user:alice@example.com"])
            #expect(removed.window.start == Sample.instant("2024-06-01T10:00:00Z"))
            #expect(removed.window.end == Sample.instant("2024-06-01T11:00:00Z"))
            #expect(removed.title == "JIT access activation")
            #expect(removed.description == "Self-approved, justification: CASE-123")
            #expect(removed.expression == Sample.expired)
            #expect(removed.isWholeBinding)
            #expect(edit.outcomes.map(\.removed) == [[removed]])
        }
    }

    @Test func `everything may go`() throws {
        let edit = try edit([Sample.binding(), Sample.binding("roles/b", ["user:b@c"])], [.allExpired])
        #expect(edit.writtenPolicy == Sample.policyText([]))
    }

    @Test func `an edit of its own result is nothing`() throws {
        let written = try edit(Self.others + [Sample.binding()], [.allExpired]).writtenPolicy
        let again = try Policy(Array((written ?? "").utf8)).edit([.allExpired], now: Sample.now, graceSeconds: 60)
        #expect(again.setIamPolicyBody == nil)
    }

    @Test func `the same binding twice goes twice`() throws {
        let edit = try edit(
            [Sample.binding(), Sample.binding(), Sample.binding(if: Sample.live)],
            [Sample.activation()]
        )
        #expect(edit.removed.count == 2)
        #expect(edit.writtenPolicy == Sample.policyText([Sample.binding(if: Sample.live)]))
    }

    @Test(arguments: [
        (#""version":3,"#, #""version":3,"#), (#""version":1,"#, #""version":3,"#),
        (#""version":0,"#, #""version":3,"#),
        ("", #""version":3,"#), (#""version" : 1 ,"#, #""version" : 3 ,"#),
    ])
    func `what is written has version 3`(_ before: String, after: String) throws {
        let policy = try Policy(Array(Sample.policyText([Sample.binding()], version: before).utf8))
        let edit = policy.edit([.allExpired], now: Sample.now, graceSeconds: 60)
        #expect(edit.writtenPolicy == Sample.policyText([], version: after))
    }

    // MARK: Members

    private static let party = [
        "group:g@example.com", "user:alice@example.com", "user:bob@example.com", "domain:example.com",
    ]

    @Test func `the scope of a project takes a binding of several members whole`() throws {
        let edit = try edit([Sample.binding("roles/a", Self.party)], [.allExpired])
        #expect(edit.removed.map(\.members) == [Self.party])
        #expect(edit.removed.map(\.isWholeBinding) == [true])
        #expect(edit.writtenPolicy == Sample.policyText([]))
    }

    @Test(arguments: 0..<4)
    func `an activation takes its own member only, wherever it stands`(_ position: Int) throws {
        var members = ["group:G@example.com", "user:Bob@example.com", "deleted:user:carol@example.com?uid=1"]
        let rest = Sample.binding("roles/compute.viewer", members)
        members.insert("user:Alice@Example.com", at: position)
        let edit = try edit([Sample.binding("roles/compute.viewer", members)], [Sample.activation()])
        #expect(edit.writtenPolicy == Sample.policyText([rest]))
        #expect(edit.removed.map(\.members) == [["user:Alice@Example.com"]])
        #expect(edit.removed.map(\.isWholeBinding) == [false])
    }

    @Test func `all spellings of the beneficiary go, and with the last member the binding`() throws {
        let members = ["user:ALICE@example.com", "deleted:user:alice@example.com?uid=1", "user:alice@example.com"]
        let edit = try edit([Sample.binding("roles/compute.viewer", members)], [Sample.activation()])
        #expect(edit.removed.map(\.members) == [members])
        #expect(edit.removed.map(\.isWholeBinding) == [true])
        #expect(edit.writtenPolicy == Sample.policyText([]))
    }

    @Test func `an expired binding without members goes whole, but belongs to no activation`() throws {
        for empty in [
            Sample.binding("roles/compute.viewer", []),
            Sample.binding().replacing(#""members":["user:alice@example.com"],"#, with: ""),
        ] {
            #expect(try edit([empty], [Sample.activation()]).setIamPolicyBody == nil)
            #expect(try edit([empty], [.allExpired]).writtenPolicy == Sample.policyText([]))
        }
    }

    // MARK: Several removals

    @Test func `several activations share one edit, and each is told its own part`() throws {
        let bindings = [
            Sample.binding(
                "roles/compute.viewer",
                ["user:alice@example.com", "user:bob@example.com", "user:carol@example.com"]
            ),
            Sample.binding("roles/b", ["user:bob@example.com"]), Sample.binding("roles/c", ["user:carol@example.com"]),
        ]
        let edit = try edit(
            bindings,
            [
                Sample.activation(), Sample.activation("bob@example.com", roles: ["roles/compute.viewer", "roles/b"]),
                Sample.activation("dave@example.com"), Sample.activation(),
            ]
        )
        #expect(
            edit.outcomes.map { $0.removed.map(\.role) } == [
                ["roles/compute.viewer"], ["roles/compute.viewer", "roles/b"], [], ["roles/compute.viewer"],
            ]
        )
        #expect(edit.outcomes[1].removed.map(\.members) == [["user:bob@example.com"], ["user:bob@example.com"]])
        #expect(
            edit.removed.map(\.members) == [
                ["user:alice@example.com", "user:bob@example.com"], ["user:bob@example.com"],
            ]
        )
        #expect(edit.removed.map(\.isWholeBinding) == [false, true])
        #expect(
            edit.writtenPolicy
                == Sample.policyText([
                    Sample.binding("roles/compute.viewer", ["user:carol@example.com"]), bindings[2],
                ])
        )
    }

    @Test func `members that are taken by several activations leave no empty binding`() throws {
        let binding = Sample.binding("roles/compute.viewer", ["user:alice@example.com", "user:bob@example.com"])
        let edit = try edit([binding], [Sample.activation(), Sample.activation("bob@example.com")])
        #expect(edit.writtenPolicy == Sample.policyText([]))
        #expect(edit.removed.map(\.isWholeBinding) == [true])
        #expect(edit.outcomes.map { $0.removed.map(\.isWholeBinding) } == [[true], [true]])
    }

    @Test func `one removal of everything includes what an activation asks for`() throws {
        let bindings = [Sample.binding("roles/compute.viewer", Self.party), Sample.binding("roles/b")]
        let edit = try edit(bindings, [Sample.activation(), .allExpired])
        #expect(edit.writtenPolicy == Sample.policyText([]))
        #expect(edit.removed.map(\.members) == [Self.party, ["user:alice@example.com"]])
        #expect(
            edit.outcomes.map { $0.removed.map(\.members) } == [
                [["user:alice@example.com"]], [Self.party, ["user:alice@example.com"]],
            ]
        )
    }

    @Test func `a newer activation of the same user and role is reported and stays`() throws {
        let bindings = [
            Sample.binding(if: Sample.live), Sample.binding("roles/other", if: Sample.live),
            Sample.binding("roles/compute.viewer", ["user:bob@example.com"], if: Sample.live),
            Sample.binding("roles/compute.viewer", ["user:ALICE@example.com"], if: Sample.scheduled),
            Sample.binding(if: "1 == 1"),
        ]
        let edit = try edit(bindings, [Sample.activation(), .allExpired])
        #expect(edit.setIamPolicyBody == nil)
        #expect(edit.outcomes[0].remaining.map(\.expression) == [Sample.live, Sample.scheduled, "1 == 1"])
        #expect(
            edit.outcomes[0].remaining.map(\.members) == [
                ["user:alice@example.com"], ["user:ALICE@example.com"], ["user:alice@example.com"],
            ]
        )
        #expect(edit.outcomes[1].remaining.isEmpty)
        #expect(edit.notUnderstood.map(\.state) == [.notUnderstood(.noWindow)])
    }

    @Test func `more than 20 bindings of one role and member are all found`() throws {
        let bindings = (0..<30).map {
            Sample.binding(if: Sample.window("2024-05-\(10 + $0 % 20)T10:00:00Z", "2024-05-\(10 + $0 % 20)T11:00:00Z"))
        }
        #expect(try edit(bindings, [.allExpired]).removed.count == 30)
    }
}
