import IAMPolicy
import Testing
import Timestamps

@Suite("Bindings of any title")
struct TitleScopeTests {
    private func state(_ binding: String, at now: Instant = Sample.now, _ titles: NamePatterns = .any) throws
        -> BindingState
    {
        try Sample.policy([binding]).bindings[0].state(at: now, graceSeconds: 60, titles: titles)
    }

    @Test(arguments: [["*"], ["Created by: PAM"], ["Cr*"]])
    func `Privileged Access Manager's never go, whatever the setting`(_ titles: [String]) throws {
        let titles = try #require(NamePatterns(titles))
        for expression in [Sample.dead, Sample.alive, Sample.expired, "false", "true"] {
            let binding = Sample.binding(title: "Created by: PAM", if: expression)
            #expect(try state(binding, titles) == .pam)
            let edit = try Sample.policy([binding]).edit(now: Sample.now, graceSeconds: 0, titles: titles)
            #expect(edit.setIamPolicyBody() == nil)
        }
    }

    @Test(
        arguments: [
            "resource.name == 'x'", "true", "request.time < timestamp('2024-06-01T10:00:00+02:00')",
            "request.time < timestamp('2024-06-01')", "request.time < date('2023-02-01')",
            "request.time < timestamp('2023-01-01T00:00:00Z') + duration('3600s')",
            "request.time.getFullYear('Europe/Berlin') < 2020", "\(Sample.dead) || resource.name == 'x'",
            "request.time > \(Sample.past)", "'\(Sample.dead.replacing("\"", with: ""))' == 'x'",
        ]
    )
    func `what has no end that can be proven stays, and is reported as that`(_ expression: String) throws {
        #expect(try state(Sample.binding(title: "temp", if: expression)) == .noEnd)
    }

    @Test(arguments: ["false", "false && \(Sample.alive)"])
    func `what never granted anything stays`(_ expression: String) throws {
        #expect(try state(Sample.binding(title: "temp", if: expression)) == .neverGranted)
    }

    @Test func `JIT Access's title keeps its stricter rule when every title is in scope`() throws {
        #expect(try state(Sample.binding(if: Sample.dead)) == .notUnderstood(.noWindow))
        #expect(try state(Sample.binding(title: "JIT access activation ", if: Sample.dead)).isExpired)
    }

    @Test(arguments: ["Eligible for JIT access", "temp", nil])
    func `markers of eligibility are no grants`(_ title: String?) throws {
        let binding = Sample.binding(title: title, if: "has({}.jitAccessConstraint) && \(Sample.dead)")
        #expect(try state(binding) == .notUnderstood(.eligibilityMarker))
    }

    @Test func `a binding without a condition is out of scope even where every title is in it`() throws {
        #expect(try state(Sample.binding(title: nil, description: nil, if: nil)) == .notInScope)
        #expect(try state(#"{"role":"roles/x","members":["user:a@b"],"condition":null}"#) == .notInScope)
    }

    @Test func `a condition without a title or an expression is no reason to fail`() throws {
        #expect(try state(Sample.binding(title: nil, if: Sample.dead)).isExpired)
        #expect(try state(Sample.binding(title: nil, if: Sample.dead), #require(NamePatterns(["a*"]))) == .notInScope)
        #expect(try state(#"{"role":"roles/x","condition":{}}"#) == .notUnderstood(.noExpression))
        #expect(try state(#"{"role":"roles/x","condition":"x"}"#) == .notUnderstood(.noExpression))
    }

    @Test func `an excluded title stays`() throws {
        let titles = try #require(NamePatterns(["*", "!break*"]))
        #expect(try state(Sample.binding(title: "breakglass", if: Sample.dead), titles) == .notInScope)
        #expect(try state(Sample.binding(title: "other", if: Sample.dead), titles).isExpired)
    }

    @Test func `the temporary grants are read whole`() {
        #expect(TemporaryGrant.forms.count == 23)
        #expect(TemporaryGrant.traps.count == 83)
    }

    @Test(
        arguments: TemporaryGrant.forms + TemporaryGrant.traps,
        ["temp", nil]
    )
    func `each form that writers use, and each trap, ends when it says or never`(
        _ grant: TemporaryGrant,
        _ title: String?
    ) throws {
        let binding = Sample.binding(title: title, if: grant.expression)
        guard let expected = grant.period else {
            let last = try state(binding, at: Sample.instant("9999-12-31T23:59:59Z"))
            #expect(last.period == nil && last != .neverGranted)
            return
        }
        let (literal, death) = (expected.end, expected.death)
        let before = try state(binding, at: literal.adding(seconds: -1))
        let period = GrantPeriod(start: before.period?.start, end: literal, death: death)
        #expect(before == .live(period))
        #expect(try state(binding, at: literal) == (death == literal ? .withinGrace(period) : .live(period)))
        let afterGrace = try state(binding, at: literal.adding(seconds: 60))
        #expect(afterGrace == (death == literal ? .expired(period) : .withinGrace(period)))
        #expect(try state(binding, at: death.adding(seconds: 60)) == .expired(period))
    }

    @Test(arguments: [
        "request.time >= \(Sample.past)", "request.time > \(Sample.past)", "\(Sample.past) <= request.time",
        "request.time >= timestamp('2020-01-01T00:00:00Z') && request.time >= \(Sample.past)",
    ])
    func `a grant that has a beginning is scheduled before it, whichever way round that is written`(_ beginning: String)
        throws
    {
        let binding = Sample.binding(title: "temp", if: "\(beginning) && \(Sample.alive)")
        let begin = Sample.instant("2023-01-01T00:00:00Z")
        let period = GrantPeriod(start: begin, end: Sample.instant("2030-01-01T00:00:00Z"))
        #expect(try state(binding, at: begin.adding(seconds: -1)) == .scheduled(period))
        #expect(try state(binding) == .live(period))
    }

    @Test(arguments: ConditionVector.named("must_keep"), ["temp", nil])
    func `what may still grant stays under any title`(_ vector: ConditionVector, _ title: String?) throws {
        let policy = try Sample.policy([Sample.binding(title: title, if: vector.expression)])
        #expect(policy.edit(now: Sample.now, graceSeconds: 0, titles: .any).setIamPolicyBody() == nil)
    }

    @Test(arguments: ConditionVector.named("must_remove"), ["temp", nil])
    func `what has run out goes under any title`(_ vector: ConditionVector, _ title: String?) throws {
        let policy = try Sample.policy([Sample.binding(title: title, if: vector.expression)])
        #expect(policy.edit(now: Sample.now, graceSeconds: 60, titles: .any).expired.count == 1)
    }
}

extension BindingState {
    fileprivate var isExpired: Bool { if case .expired = self { true } else { false } }
}
