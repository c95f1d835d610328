import IAMPolicy
import Testing
import Timestamps

/// A write that takes the bindings of some roles only, as an account that may change no others must make it.
@Suite struct PolicyEditRolesTests {
    private static let live = Sample.binding("roles/a", if: Sample.live)
    private static let odd =
        #"{"later":[1e400, {"a" :null}],"role" : "roles/\u0062","members":["user:X@y"],"condition":{"location":"here","#
        + #""title":"JIT access activation","expression":\#(Sample.quoted(Sample.expired))}}"#
    private static let bindings = [
        Sample.binding("roles/a"), live, odd,
        Sample.binding("roles/a", ["user:bob@example.com", "group:g@example.com"]),
        Sample.binding("roles/c"), odd,
    ]

    private func edit(_ bindings: [String] = bindings) throws -> PolicyEdit {
        try Sample.policy(bindings).edit(now: Sample.now, graceSeconds: 60)
    }

    @Test(
        arguments: [
            [], [""], ["roles/d"], ["roles/A"], ["a"], ["roles/a, roles/c"], ["user:alice@example.com"],
        ] as [Set<String>]
    )
    func `of roles that no expired binding has nothing goes`(_ roles: Set<String>) throws {
        #expect(try edit().setIamPolicyBody(roles: roles) == nil)
    }

    @Test func `a role whose only binding lives is not written`() throws {
        let edit = try edit([Self.live, Sample.binding("roles/c")])
        #expect(edit.setIamPolicyBody(roles: ["roles/a"]) == nil)
        #expect(edit.writtenPolicy(roles: ["roles/a", "roles/c"]) == Sample.policyText([Self.live]))
    }

    @Test func `without expired bindings nothing goes, whatever roles are named`() throws {
        #expect(try edit([Self.live]).setIamPolicyBody(roles: ["roles/a"]) == nil)
        #expect(try edit([]).setIamPolicyBody(roles: ["roles/a"]) == nil)
        #expect(try edit([]).setIamPolicyBody() == nil)
    }

    /// The roles, and the places of the bindings that stay.
    static let parts: [(Set<String>, [Int])] = [
        (["roles/a"], [1, 2, 4, 5]), (["roles/b"], [0, 1, 3, 4]), (["roles/c"], [0, 1, 2, 3, 5]),
        (["roles/a", "roles/c"], [1, 2, 5]), (["roles/b", "roles/c", "roles/d"], [0, 1, 3]),
        (["roles/a", "roles/b", "roles/c"], [1]),
    ]

    @Test(arguments: parts)
    func `all expired bindings of the roles go whole, and all else stays byte for byte`(
        _ roles: Set<String>,
        stay: [Int]
    ) throws {
        #expect(try edit().writtenPolicy(roles: roles) == Sample.policyText(stay.map { Self.bindings[$0] }))
    }

    @Test func `without roles everything that expired goes`() throws {
        let edit = try edit()
        #expect(edit.writtenPolicy() == Sample.policyText([Self.live]))
        #expect(edit.expired.map(\.role) == ["roles/a", "roles/b", "roles/a", "roles/c", "roles/b"])
        #expect(edit.kept.map(\.expression) == [Sample.live])
    }

    @Test(arguments: parts)
    func `what the roles of one write left goes with a second write`(_ roles: Set<String>, stay: [Int]) throws {
        let first = try #require(try edit().writtenPolicy(roles: roles))
        let second = try Policy(Array(first.utf8)).edit(now: Sample.now, graceSeconds: 60)
        #expect(second.expired.count == stay.count - 1)
        #expect(second.setIamPolicyBody(roles: roles) == nil)
        #expect((second.writtenPolicy() ?? first) == Sample.policyText([Self.live]))
    }

    @Test func `a write of some roles has version 3 as well`() throws {
        let text = Sample.policyText([Sample.binding(), Sample.binding("roles/b")], version: #""version":1,"#)
        let edit = try Policy(Array(text.utf8)).edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.writtenPolicy(roles: ["roles/b"]) == Sample.policyText([Sample.binding()]))
    }
}
