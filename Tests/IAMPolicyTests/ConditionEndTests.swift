import IAMPolicy
import TestSupport
import Testing
import Timestamps

/// A literal of its own, and how the expressions below name it.
private struct Literal {
    let instant: Instant
    let text: String

    init(_ text: String) {
        instant = Sample.instant(text)
        self.text = #"timestamp("\#(text)")"#
    }

    /// Dead at the literal itself.
    var itself: ConditionEnd { .at(literal: instant, death: instant) }
    /// Still true at the literal, dead one nanosecond later.
    var justAfter: ConditionEnd { .at(literal: instant, death: instant.next) }
}

private let a = Literal("2023-01-01T00:00:00Z")
private let b = Literal("2024-06-01T11:00:00Z")
private let c = Literal("2030-01-01T00:00:00Z")

/// When a condition dies: the first of its own literals, or one nanosecond after it, from which it is dead.
@Suite struct ConditionEndTests {
    static let unknown: [Case] = [
        Case("", "unreadable"), Case("request.time < \(a.text) ||", "unreadable"), Case("request.time", "no boolean"),
        Case("true", "no time"), Case("resource.name == 'x'", "no time"), Case("request.time.getFullYear() < 2023"),
        Case("request.time.getFullYear('Europe/Berlin') < 2023"), Case("request.time < date('2023-02-01')"),
        // Arithmetic.
        Case("request.time < \(a.text) + duration('3600s')"), Case("request.time - \(a.text) < duration('90s')"),
        Case("request.time - duration('1h') < \(a.text)"), Case("duration('1h') + \(a.text) > request.time"),
        // Spellings.
        Case("request.time < timestamp('2018-08-03T16:00:00-07:00')"),
        Case("request.time < timestamp('2023-01-01T00:00:00+00:00')"),
        Case("request.time < timestamp('2023-01-01T00:00:00+0200')"),
        Case("request.time < timestamp('2023-01-01T00:00:00')"), Case("request.time < timestamp('2023-01-01')"),
        Case("request.time < timestamp('never')"), Case("request.time < timestamp(1672531200)"),
        Case("request.time < timestamp(r'2023-01-01T00:00:00Z')"),
        Case("request.time < timestamp('''2023-01-01T00:00:00Z''')"),
        Case(#"request.time < timestamp("2023\x2d01-01T00:00:00Z")"#), Case("request.time < '2023-01-01T00:00:00Z'"),
        // Starts, and what is true for good.
        Case("request.time >= \(a.text)"), Case("request.time > \(a.text)"), Case("request.time != \(a.text)"),
        Case("!(request.time < \(a.text))"), Case("!(request.time <= \(a.text))"), Case("!(request.time == \(a.text))"),
        Case("request.time < \(a.text) || request.time >= \(b.text)"), Case("\(a.text) < request.time"),
        // Alternatives that do not end.
        Case("request.time < \(a.text) || true"), Case("request.time < \(a.text) || resource.name == 'x'"),
        Case("request.time < \(a.text) || request.time < timestamp('2023-01-01T00:00:00+02:00')"),
        Case("request.time < \(a.text) || request.time < \(a.text) + duration('1h')"),
        Case("!(request.time >= \(a.text) && resource.name == 'x')"),
        Case("resource.name == 'x' ? request.time < \(a.text) : true"), Case("request.time < \(a.text) ? false : true"),
        Case("(request.time < \(a.text)) == false"), Case("(request.time < \(a.text)) == (request.time < \(b.text))"),
        // Literals that are not looked into.
        Case("[1].exists(x, request.time < \(a.text))"), Case("f(request.time < \(a.text))"),
        Case("resource.name == '\(a.text.replacing("\"", with: ""))'"), Case("true // && request.time < \(a.text)"),
        Case("x.timestamp('2023-01-01T00:00:00Z') > request.time"), Case("a.request.time < \(a.text)"),
        Case("request.time < \(a.text) < true"),
        Case("request.time < \(a.text) && has({}.jitAccessConstraint)", "marker"),
    ]

    @Test(arguments: unknown)
    func `what cannot be proven to end has no known end`(_ one: Case) {
        #expect(Sample.end(one.expression) == .unknown)
    }

    @Test(arguments: [
        "request.time < \(a.text) && false", "false && request.time <= \(c.text)",
        "!(true || request.time < \(a.text))",
        "false ? request.time < \(a.text) : false", "(request.time < \(a.text) || resource.name == 'x') && !true",
        "request.time >= \(c.text) && false && request.time < \(a.text)", "(request.time < \(a.text) && false) == true",
    ])
    func `what is dead before its first literal never granted anything`(_ expression: String) {
        #expect(Sample.end(expression) == .never)
        #expect(Sample.isDead(expression, at: .distantPast))
    }

    @Test(arguments: ["false", "!true", "resource.name == 'x' && false"])
    func `what is dead without a literal has no end to be shown`(_ expression: String) {
        if case .at = Sample.end(expression) { Issue.record("an end") }
    }

    /// The clause, the same turned round, and whether it is true at its literal.
    static let relations: [(String, String, Bool)] = [
        ("request.time < %", "% > request.time", false), ("request.time <= %", "% >= request.time", true),
        ("request.time == %", "% == request.time", true), ("!(request.time >= %)", "!(% <= request.time)", false),
        ("!(request.time > %)", "!(% < request.time)", true), ("!(request.time != %)", "!(% != request.time)", true),
        ("!!(request.time <= %)", "!!!(% < request.time)", true),
    ]

    @Test(arguments: relations, ["2024-06-01T11:00:00Z", "2024-06-01T10:59:59.999999999Z", "0001-01-01T00:00:00.5Z"])
    func `each relation ends at its literal, or one nanosecond after it`(
        _ clause: (String, String, Bool),
        text: String
    ) {
        let literal = Literal(text)
        let expected = clause.2 ? literal.justAfter : literal.itself
        let death = clause.2 ? literal.instant.next : literal.instant
        for expression in [clause.0, clause.1].map({ $0.replacing("%", with: literal.text) }) {
            #expect(Sample.end(expression) == expected)
            #expect(Sample.end(expression.replacing("\"", with: "'")) == expected)
            let before = death == literal.instant ? literal.instant.adding(seconds: -1) : literal.instant
            #expect(!Sample.isDead(expression, at: before))
            #expect(Sample.isDead(expression, at: death))
        }
    }

    private static let window = Sample.window("2023-01-01T00:00:00Z", "2024-06-01T11:00:00Z")

    /// Expressions of several literals.
    static let ends: [(String, ConditionEnd)] = [
        // Two-sided windows.
        (window, b.itself), ("(\(window))", b.itself),
        ("request.time > \(a.text) && request.time <= \(b.text)", b.justAfter),
        ("!(request.time < \(a.text) || request.time >= \(b.text))", b.itself),
        ("request.time >= \(c.text) && request.time < \(a.text)", a.itself),
        ("request.time >= \(a.text) && request.time < \(a.text)", a.itself),
        ("request.time == \(a.text) && request.time == \(c.text)", a.justAfter),
        // What a further clause cuts short, on either side.
        ("(\(Sample.window("2023-01-01T00:00:00Z", "2030-01-01T00:00:00Z"))) && request.time < \(b.text)", b.itself),
        ("request.time < \(b.text) && (\(Sample.window("2023-01-01T00:00:00Z", "2030-01-01T00:00:00Z")))", b.itself),
        ("(\(window)) && request.time < \(c.text)", b.itself),
        ("(\(window)) && request.time <= \(a.text)", a.justAfter),
        ("(\(window)) && request.time >= \(c.text)", b.itself),
        // With resources, and with what is not looked into.
        ("(\(window)) && resource.name.startsWith('x')", b.itself), ("resource.name == 'x' && (\(window))", b.itself),
        ("(resource.name == 'x' || resource.type == 'y') && request.time <= \(b.text)", b.justAfter),
        ("(\(window)) && resource.name == 'timestamp(\\'2030-01-01T00:00:00Z\\')'", b.itself),
        ("(\(window)) && request.time < timestamp('2020-01-01T00:00:00+02:00')", b.itself),
        ("(\(window)) && request.time.getHours('UTC') < 12 && [1].exists(x, request.time < \(c.text))", b.itself),
        ("(\(window)) // until \(c.text)", b.itself), ("(\(window)) && \(c.text) != x", b.itself),
        // Alternatives.
        ("request.time < \(a.text) || request.time < \(b.text)", b.itself),
        ("request.time < \(b.text) || request.time < \(a.text)", b.itself),
        ("request.time < \(b.text) || request.time <= \(b.text)", b.justAfter),
        ("request.time < \(b.text) && request.time <= \(b.text)", b.itself),
        ("request.time == \(c.text) || (\(window))", c.justAfter), ("(\(window)) || false", b.itself),
        ("(\(window)) || (request.time < \(c.text) && resource.name == 'x')", c.itself),
        ("(\(window)) || (request.time < \(c.text) && false)", b.itself),
        // Negations and comparisons of booleans.
        ("!(request.time >= \(b.text) || resource.name == 'x')", b.itself),
        ("!(request.time > \(b.text) || request.time >= \(c.text))", b.justAfter),
        ("!(request.time >= \(b.text) && request.time > \(c.text))", c.justAfter), ("(\(window)) == true", b.itself),
        ("(request.time <= \(b.text)) != false", b.justAfter),
        ("(request.time < \(a.text)) != (request.time <= \(c.text))", c.justAfter),
        // Choices.
        ("request.time < \(b.text) ? request.time < \(c.text) : false", b.itself),
        ("request.time < \(c.text) ? request.time <= \(b.text) : false", b.justAfter),
        ("request.time < \(b.text) ? true : request.time < \(c.text)", c.itself),
        ("resource.name == 'x' ? request.time < \(a.text) : request.time <= \(b.text)", b.justAfter),
    ]

    @Test(arguments: ends)
    func `of several literals the one at which the condition dies is the end`(
        _ expression: String,
        expected: ConditionEnd
    ) {
        #expect(Sample.end(expression) == expected)
    }

    @Test(arguments: ["request.time <= % && request.time < ^", "request.time <= % || request.time < ^"])
    func `literals one nanosecond apart die at the later one`(_ pattern: String) {
        let (first, second) = (Literal("2024-06-01T10:59:59.999999999Z"), b)
        let expression = pattern.replacing("%", with: first.text).replacing("^", with: second.text)
        guard case .at(_, let death) = Sample.end(expression) else {
            Issue.record("no end")
            return
        }
        #expect(death == second.instant)
    }

    @Test func `the end is found among hundreds of literals in any order`() {
        let days = (1...28).flatMap { day in ["01", "05", "12"].map { "2024-\($0)-\(day < 10 ? "0" : "")\(day)" } }
        var random = SplitMix64(seed: 12)
        let clauses = (days + days).shuffled(using: &random).map { "request.time <= timestamp('\($0)T00:00:00Z')" }
        #expect(Sample.end(clauses.joined(separator: " && ")) == Literal("2024-01-01T00:00:00Z").justAfter)
        #expect(Sample.end(clauses.joined(separator: " || ")) == Literal("2024-12-28T00:00:00Z").justAfter)
    }
}
