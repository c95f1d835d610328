import IAMPolicy
import TestSupport
import Testing
import Timestamps

/// What the end of a condition makes of its binding: the end that is shown is when the condition died.
@Suite struct BindingEndTests {
    /// JIT Access's window from last January until this December, at noon of 2024-06-01.
    private static let longWindow = Sample.window("2023-01-01T00:00:00Z", "2024-12-31T00:00:00Z")

    private func state(_ expression: String, at now: Instant = Sample.now) throws -> BindingState {
        try Sample.policy([Sample.binding(if: expression)]).bindings[0].state(at: now, graceSeconds: 60)
    }

    private func state(_ expression: String, at now: String) throws -> BindingState {
        try state(expression, at: Sample.instant(now))
    }

    @Test(arguments: [
        "(\(Sample.expired)) && false", "false && (\(Sample.expired))",
        "(\(Sample.expired)) && !(true || resource.name == \"x\")", "(\(Sample.scheduled)) && (true && false)",
    ])
    func `a binding that never granted anything stays`(_ expression: String) throws {
        #expect(try state(expression) == .neverGranted)
        let edit = try Sample.policy([Sample.binding(if: expression)]).edit(now: Sample.now, graceSeconds: 0)
        #expect(edit.setIamPolicyBody() == nil)
        #expect(edit.expired.isEmpty)
        #expect(edit.kept.map(\.state) == [.neverGranted])
    }

    @Test func `a window that a further clause cuts short ended with that clause, not with the window`() throws {
        let expression = #"(\#(Self.longWindow)) && (request.time < timestamp("2023-06-01T00:00:00Z"))"#
        let period = Sample.period("2023-01-01T00:00:00Z", "2023-06-01T00:00:00Z")
        #expect(try state(expression) == .expired(period))
        let edit = try Sample.policy([Sample.binding(if: expression)]).edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.expired.map(\.period) == [period])
        #expect(edit.writtenPolicy() == Sample.policyText([]))
    }

    @Test func `a live window that a further clause cuts short ends with that clause`() throws {
        let expression = #"(\#(Self.longWindow)) && (request.time < timestamp("2024-06-01T13:00:00Z"))"#
        let period = Sample.period("2023-01-01T00:00:00Z", "2024-06-01T13:00:00Z")
        #expect(try state(expression) == .live(period))
        let edit = try Sample.policy([Sample.binding(if: expression)]).edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.setIamPolicyBody() == nil)
        #expect(edit.kept.map(\.state) == [.live(period)])
    }

    @Test func `a further clause that ends later, or begins later, changes no end`() throws {
        let period = Sample.period("2024-06-01T10:00:00Z", "2024-06-01T11:00:00Z")
        #expect(try state("(\(Sample.expired)) && request.time <= \(Sample.future)") == .expired(period))
        #expect(try state("(\(Sample.expired)) && request.time >= \(Sample.future)") == .expired(period))
    }

    @Test func `a binding whose clause is true at its own literal goes one nanosecond later`() throws {
        let expression = #"(\#(Self.longWindow)) && request.time <= timestamp("2024-06-01T11:00:00Z")"#
        let period = Sample.period(
            "2023-01-01T00:00:00Z",
            "2024-06-01T11:00:00Z",
            death: "2024-06-01T11:00:00.000000001Z"
        )
        #expect(try state(expression, at: "2024-06-01T11:00:00Z") == .live(period))
        #expect(try state(expression, at: "2024-06-01T11:00:00.000000001Z") == .withinGrace(period))
        #expect(try state(expression, at: "2024-06-01T11:01:00Z") == .withinGrace(period))
        #expect(try state(expression, at: "2024-06-01T11:01:00.000000001Z") == .expired(period))
    }

    @Test func `a window that ends before it begins ended at its end, however far ahead it begins`() throws {
        let expression = Sample.window("2030-01-01T00:00:00Z", "2023-01-01T00:00:00Z")
        let period = Sample.period("2030-01-01T00:00:00Z", "2023-01-01T00:00:00Z")
        #expect(try state(expression) == .expired(period))
        #expect(try state(expression, at: "2022-12-31T00:00:00Z") == .scheduled(period))
    }

    @Test func `a period's death is its end unless it is told otherwise`() {
        let end = Sample.instant("2024-06-01T11:00:00Z")
        #expect(GrantPeriod(start: Sample.now, end: end).death == end)
        #expect(GrantPeriod(start: Sample.now, end: end, death: end.next).death == end.next)
    }

    @Test(arguments: ConditionSearch.seeds)
    func `a binding of any title expires with its condition, never before its end`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed &+ 5000)
        var expired = 0
        for _ in 0..<(ConditionSearch.perSeed / 5) {
            var grammar = ReferenceExpression.Grammar(instants: ConditionSearch.instants, isFull: true)
            let clause = ReferenceExpression.random(&grammar, depth: 3, &random).text()
            let title = random.pick([Binding.activationTitle, "temp", nil])
            let expression = title == Binding.activationTitle ? "(\(Self.longWindow)) && (\(clause))" : clause
            let condition = Condition(expression: Array(expression.utf8))
            let binding = try Sample.policy([Sample.binding(title: title, if: expression)]).bindings[0]
            for now in ConditionSearch.probes {
                let isDead = condition.isDead(from: now)
                switch binding.state(at: now, graceSeconds: 0, titles: .any) {
                case .expired(let period):
                    expired += 1
                    #expect(isDead && period.end <= now && period.death <= now, "seed \(seed): \(expression)")
                case .neverGranted: #expect(isDead, "seed \(seed): \(expression)")
                case .live(let period), .scheduled(let period):
                    #expect(!isDead && period.death > now, "seed \(seed): \(expression)")
                case .noEnd: #expect(!isDead && title != Binding.activationTitle, "seed \(seed): \(expression)")
                case let other: Issue.record("\(other), seed \(seed): \(expression)")
                }
            }
        }
        #expect(expired > 0)
    }
}
