import IAMPolicy
import Testing
import Timestamps

private let expiredPeriod = Sample.period("2024-06-01T10:00:00Z", "2024-06-01T11:00:00Z")

@Suite struct BindingStateTests {
    private func state(_ binding: String, at now: Instant = Sample.now, grace: Int64 = 60) throws -> BindingState {
        try Sample.policy([binding]).bindings[0].state(at: now, graceSeconds: grace)
    }

    @Test(arguments: [
        nil, "", "jit access activation", "JIT Access activation", "JIT access activation ", " JIT access activation",
        "JIT access activation\n", "JIT  access activation", "JIT\u{A0}access activation",
        "J\u{49}T access activation\u{301}",
        "Eligible for JIT access", "Created by: PAM", "Temporary elevation", "JIT access activation (old)",
    ])
    func `another title is not in scope`(_ title: String?) throws {
        #expect(try state(Sample.binding(title: title)) == .notInScope)
    }

    @Test func `a binding without a condition is not in scope`() throws {
        #expect(try state(Sample.binding(title: nil, description: nil, if: nil)) == .notInScope)
        #expect(try state(#"{"role":"roles/x","members":["user:a@b"],"condition":null}"#) == .notInScope)
        #expect(
            try state(#"{"role":"roles/x","members":["user:a@b"],"condition":"JIT access activation"}"#) == .notInScope
        )
        #expect(try state(#"{"role":"roles/x","condition":{"title":["JIT access activation"]}}"#) == .notInScope)
    }

    @Test func `the title may be spelled with escapes`() throws {
        let binding = Sample.binding().replacing("\"JIT access", with: #""\u004aIT\u0020access"#)
        #expect(try state(binding) == .expired(expiredPeriod))
    }

    /// Expressions under JIT Access's title that are left alone.
    static let odd: [(String?, NotUnderstood)] = [
        (nil, .noExpression), ("", .unreadable(.unexpectedToken(offset: 0))), ("true", .noWindow), ("false", .noWindow),
        (Sample.dead, .noWindow), ("request.time >= \(Sample.past)", .noWindow),
        ("!(!(\(Sample.expired)))", .noWindow), ("\(Sample.expired) || false", .noWindow),
        ("\(Sample.expired) || \(Sample.expired)", .noWindow), ("(\(Sample.expired)) == true", .noWindow),
        ("\(Sample.expired) ? true : false", .noWindow),
        ("request.time > \(Sample.past) && request.time < \(Sample.past)", .noWindow),
        ("request.time >= \(Sample.past) && request.time <= \(Sample.past)", .noWindow),
        ("\(Sample.past) <= request.time && \(Sample.past) > request.time", .noWindow),
        (
            "request.time >= timestamp('2023-01-01T00:00:00+01:00') && request.time < timestamp('2023-01-01T00:00:00+01:00')",
            .noWindow
        ),
        ("has({}.jitAccessConstraint)", .eligibilityMarker),
        ("\(Sample.expired) && has({}.jitAccessConstraint)", .eligibilityMarker),
        ("\(Sample.expired)\u{0}", .unreadable(.nul(offset: Sample.expired.utf8.count))),
        ("(\(Sample.expired)", .unreadable(.unexpectedToken(offset: Sample.expired.utf8.count + 1))),
    ]

    @Test(arguments: odd)
    func `what JIT Access does not write is not understood, and stays`(
        _ expression: String?,
        reason: NotUnderstood
    ) throws {
        let binding = Sample.binding("roles/x", if: expression).replacing("\u{0}", with: #"\u0000"#)
        #expect(try state(binding) == .notUnderstood(reason))
        let edit = try Sample.policy([binding]).edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.setIamPolicyBody() == nil)
        #expect(edit.kept.map(\.state) == [.notUnderstood(reason)])
        #expect(!reason.description.isEmpty)
    }

    @Test(arguments: [#""user:a@b""#, "[1]", "null", "{}", #"["user:a@b",null]"#])
    func `malformed members are not understood, and stay`(_ members: String) throws {
        let binding = Sample.binding().replacing(#"["user:alice@example.com"]"#, with: members)
        #expect(try state(binding) == .notUnderstood(.malformedMembers))
        let edit = try Sample.policy([binding]).edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.setIamPolicyBody() == nil)
        #expect(edit.kept.map(\.members) == [[]])
    }

    /// Instants around the life of a window from 10:00 to 11:00 with a grace of 60 s.
    static let life: [(String, BindingState)] = [
        ("2024-06-01T09:59:59.999999999Z", .scheduled(expiredPeriod)), ("2024-06-01T10:00:00Z", .live(expiredPeriod)),
        ("2024-06-01T10:59:59.999999999Z", .live(expiredPeriod)), ("2024-06-01T11:00:00Z", .withinGrace(expiredPeriod)),
        ("2024-06-01T11:00:59.999999999Z", .withinGrace(expiredPeriod)),
        ("2024-06-01T11:01:00Z", .expired(expiredPeriod)),
        ("2025-06-01T11:01:00Z", .expired(expiredPeriod)),
    ]

    @Test(arguments: life)
    func `a binding goes through its states at the exact nanosecond`(_ now: String, expected: BindingState) throws {
        #expect(try state(Sample.binding(), at: Sample.instant(now)) == expected)
    }

    @Test func `without a grace the end itself is the limit, and a negative grace counts as none`() throws {
        let end = Sample.instant("2024-06-01T11:00:00Z")
        for grace in [0, -1, Int64.min] {
            #expect(try state(Sample.binding(), at: end, grace: grace) == .expired(expiredPeriod))
            let before = Instant(seconds: end.seconds - 1, nanoseconds: 999_999_999)
            #expect(try state(Sample.binding(), at: before, grace: grace) == .live(expiredPeriod))
        }
        #expect(try state(Sample.binding(), at: end, grace: .max) == .withinGrace(expiredPeriod))
    }

    @Test(arguments: [
        Sample.expired, "((\(Sample.expired)))", String(Sample.expired.dropFirst().dropLast()),
        "(\(Sample.expired)) && (resource.name == \"projects/p/secrets/s && (|| true)\")",
        "(\(Sample.expired)) && (resource.name.startsWith(\"a\") || resource.type == \"b\") && (c)",
        "(resource.name == \"x\") && (\(Sample.expired))",
    ])
    func `every shape that JIT Access writes is recognised`(_ expression: String) throws {
        let window = Condition(expression: Array(expression.utf8)).window
        #expect(window?.start == expiredPeriod.start)
        #expect(window?.end == expiredPeriod.end)
        #expect(try state(Sample.binding(if: expression)) == .expired(expiredPeriod))
    }

    @Test func `the list of the bindings in scope leaves out all others`() throws {
        let policy = try Sample.policy([
            Sample.binding(title: nil, if: nil), Sample.binding(if: Sample.live), Sample.binding(title: "other"),
            Sample.binding(if: "true"),
        ])
        let found = policy.bindingsInScope(at: Sample.now, graceSeconds: 60)
        #expect(found.map(\.binding.position) == [1, 3])
        #expect(
            found.map(\.state) == [
                .live(Sample.period("2024-06-01T11:30:00Z", "2024-06-01T12:30:00Z")), .notUnderstood(.noWindow),
            ]
        )
    }
}
