import IAMPolicy
import Testing

@Suite("How near a policy is to IAM's limits")
struct PolicyUsageTests {
    private static let bindings = [
        Sample.binding("roles/a", ["group:a@example.com", "user:u@example.com"], title: "1", if: Sample.dead),
        Sample.binding("roles/a", ["group:a@example.com"], title: "2", if: Sample.alive),
        Sample.binding("roles/a", ["group:a@example.com"], title: "3", if: Sample.alive),
        Sample.binding(
            "roles/b",
            ["domain:example.com", "group:b@example.com"],
            title: nil,
            description: nil,
            if: nil
        ),
        Sample.binding("roles/c", ["domain:example.com"], title: nil, description: nil, if: nil),
    ]

    @Test func `principals count by appearance, groups once, domains by appearance, conditions by role and principal`()
        throws
    {
        let usage = PolicyUsage(try Sample.policy(Self.bindings))
        #expect(usage.principals == 7)
        #expect(usage.groups == 4)
        #expect(usage.conditions == 3)
        #expect(usage.conditionsOfGrant == 3)
        #expect(usage.bytes == Sample.policyText(Self.bindings).utf8.count)
    }

    @Test func `exempted members of audit configurations are principals`() throws {
        let audits = #""auditConfigs":[{"auditLogConfigs":[{"exemptedMembers":["user:a@b","user:c@d"]},{}]}],"#
        let policy = try Policy(Array(Sample.policyText([], version: audits).utf8))
        #expect(PolicyUsage(policy).principals == 2)
        #expect(PolicyUsage(policy).conditionsOfGrant == 0)
    }

    @Test func `without its expired bindings it is what it will be after a sweep`() throws {
        let policy = try Sample.policy(Self.bindings)
        let edit = policy.edit(now: Sample.now, graceSeconds: 0, titles: .any)
        let swept = try Policy(Array(try #require(edit.writtenPolicy()).utf8))
        #expect(edit.expired.count == 1)
        #expect(PolicyUsage(policy, without: edit.expired) == PolicyUsage(swept))
    }
}
