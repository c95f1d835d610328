import IAMPolicy
import Testing

@Suite struct PolicyDifferenceTests {
    private func lines(_ before: [String], _ after: [String]) throws -> [String] {
        PolicyDifference.lines(from: try Sample.policy(before), to: try Sample.policy(after)).map(\.description)
    }

    private let owner = Sample.binding("roles/owner", ["user:o@example.com"], title: nil, description: nil, if: nil)

    @Test func `equal policies have no difference`() throws {
        #expect(try lines([], []).isEmpty)
        #expect(try lines([owner, Sample.binding()], [owner, Sample.binding()]).isEmpty)
    }

    @Test func `a binding that goes is shown whole, and what stays is counted`() throws {
        #expect(
            try lines(
                [owner, Sample.binding(if: "a == \"b\""), Sample.binding("roles/x"), owner],
                [owner, Sample.binding("roles/x"), owner]
            ) == [
                "  (1 binding unchanged)", "- roles/compute.viewer", "-     condition: JIT access activation",
                "-         if a == \"b\"",
                "-     user:alice@example.com", "  (2 bindings unchanged)",
            ]
        )
    }

    @Test func `a member that goes is shown within its binding`() throws {
        let before = Sample.binding(
            "roles/x",
            ["user:a@b", "user:c@d", "user:e@f"],
            title: nil,
            description: nil,
            if: nil
        )
        let after = Sample.binding("roles/x", ["user:a@b", "user:e@f"], title: nil, description: nil, if: nil)
        #expect(try lines([before], [after]) == ["  roles/x", "      user:a@b", "-     user:c@d", "      user:e@f"])
        #expect(try lines([after], [before]) == ["  roles/x", "      user:a@b", "+     user:c@d", "      user:e@f"])
    }

    @Test func `an added binding is shown with a plus`() throws {
        #expect(try lines([], [owner]) == ["+ roles/owner", "+     user:o@example.com"])
    }

    @Test func `text that could move the cursor or reorder a line is escaped`() throws {
        let evil = Sample.binding(
            "roles/x",
            ["user:a\u{1B}[2J@b"],
            title: "t\u{202E}\n- roles/owner",
            if: "x\u{9B}\u{2028}\u{E9}"
        )
        #expect(
            try lines([evil], []) == [
                "- roles/x", "-     condition: t\\u{202e}\\u{a}- roles/owner", "-         if x\\u{9b}\\u{2028}\u{E9}",
                "-     user:a\\u{1b}[2J@b",
            ]
        )
    }

    @Test func `the difference of an edit names what was removed`() throws {
        let policy = try Sample.policy([owner, Sample.binding(), Sample.binding("roles/y", if: Sample.live)])
        let written = try #require(policy.edit(now: Sample.now, graceSeconds: 60).writtenPolicy())
        let difference = PolicyDifference.lines(from: policy, to: try Policy(Array(written.utf8)))
        #expect(difference.filter { $0.marker == .onlyBefore }.map(\.text).first == "roles/compute.viewer")
        #expect(!difference.contains { $0.marker == .onlyAfter })
    }
}
