import IAMPolicy
import Testing
import Timestamps

/// An expression at noon of 2024-06-01, and whether it is dead.
struct Case: CustomTestStringConvertible, Sendable {
    let expression: String
    let testDescription: String

    init(_ expression: String, _ why: String = "") {
        self.expression = expression
        self.testDescription = why.isEmpty ? String(expression.prefix(100)) : "\(why): \(expression.prefix(80))"
    }
}

private let past = Sample.past
private let future = Sample.future
private let dead = Sample.dead
private let alive = Sample.alive

@Suite struct ConditionDecisionTests {
    static let kept: [Case] = [
        Case("", "empty"), Case(" \n", "white space only"), Case("true"), Case("1"), Case(#""false""#), Case("null"),
        Case("request.time", "no boolean"), Case(past, "no boolean"), Case("x", "unknown variable"),
        // Starts and recurring hours.
        Case("request.time >= \(future)", "not begun"),
        Case(Sample.scheduled, "scheduled"),
        Case("request.time > \(past)"), Case("\(past) < request.time"), Case("\(past) <= request.time"),
        Case("request.time.getHours('Europe/Berlin') >= 9 && request.time.getHours('Europe/Berlin') < 17"),
        Case("request.time.getDayOfWeek('UTC') > 0"), Case("request.time.getFullYear() == 2020"),
        // Two ends and repeated ends.
        Case("request.time < \(past) || request.time < \(future)"),
        Case("request.time < \(future) || request.time < \(past)"),
        Case("request.time < \(future) && request.time <= \(future)"),
        // Equality and negation.
        Case("!(\(dead))"), Case("!!!(\(dead))"), Case("(\(dead)) == false"), Case("false == (\(dead))"),
        Case("(\(dead)) != true"), Case("true != (\(dead))"), Case("(\(dead)) != (\(alive))"),
        Case("(\(dead)) == (\(dead))", "both false, so equal"), Case("(\(dead)) in [false]"),
        Case("[false].exists(b, b == (\(dead)))"), Case("request.time != \(past)"), Case("\(past) != request.time"),
        Case("request.time == \(future)"), Case("!(request.time == \(past))"), Case("!(request.time == \(future))"),
        Case("!(request.time < \(past) && resource.name == 'x')", "De Morgan"),
        Case("!(request.time < \(past)) || !(resource.name == 'x')"),
        Case("!(request.time >= \(past)) || true"), Case("(\(dead)) < true", "false < true"),
        Case("(\(dead)) <= false", "false <= false"), Case("true > (\(dead))"), Case("request.time < \(past) < true"),
        Case("request.time < \(past) == false", "relations are left-associative"),
        Case("request.time < \(past) != true"), Case("false == request.time < \(past)"),
        Case("(\(dead) ? 1 : 2) != true", "no boolean is unlike true"), Case("(\(dead) ? 1 : 2) == 2"),
        Case("({'a': \(dead)}.a ? 1 : 2) == 2"), Case("type(\(dead)) == bool"), Case("string(\(dead)) == 'false'"),
        // Errors are absorbed on either side.
        Case("1/0 == 0 || true"), Case("true || 1/0 == 0"), Case("1/0 == 0 || \(alive)"),
        Case("!(\(dead) && 1/0 == 0)"), Case("!(1/0 == 0 && \(dead))"),
        Case("\(dead) || 1/0 == 0 || resource.name == 'x'"), Case("1/0 == 0 ? \(dead) : true"),
        // Ternaries.
        Case("\(dead) ? false : true"), Case("\(alive) ? true : false"), Case("\(alive) ? false : true", "true later"),
        Case("resource.name == 'x' ? \(dead) : true"), Case("resource.name == 'x' ? true : \(dead)"),
        Case("\(dead) ? false : \(dead) ? false : true"), Case("\(dead) || resource.name == 'x' ? true : false"),
        Case("\(dead) ? true : \(alive)"), Case("(\(dead) ? true : true)"), Case("\(dead) ? \(dead) : !(\(dead))"),
        Case("request.time < (\(dead) ? \(past) : \(future))"), Case("(true ? request.time : request.time) < \(past)"),
        // Precedence.
        Case("\(dead) && resource.name == 'x' || true"), Case("true || \(dead) && resource.name == 'x'"),
        Case("resource.name == 'x' || resource.name == 'y' && \(dead)"),
        Case("\(dead) && false || resource.name == 'x'"), Case("! false || \(dead)"),
        Case("!request.time < \(past)", "! binds tighter than <"),
        // Timestamps that are not one plain literal in the one spelling.
        Case("request.time < timestamp(1893456000)"), Case("request.time < timestamp(1672531200)"),
        Case("request.time < timestamp('2023-01-01T00:00:00Z') + duration('720h')"),
        Case("request.time - duration('87600h') < \(past)"), Case("request.time + duration('1h') > \(past)"),
        Case("duration('876000h') + \(past) > request.time"), Case("request.time < \(past) + duration('876000h')"),
        Case("request.time < timestamp('2030' + '-01-01T00:00:00Z')"),
        Case("request.time < timestamp(string(\(future)))"), Case("request.time < timestamp(x)"),
        Case("request.time < timestamp('2023-01-01T00:00:00Z', 'x')"), Case("request.time < timestamp()"),
        Case("request.time < 'x'.timestamp('2023-01-01T00:00:00Z')"), Case("request.time < '2023-01-01T00:00:00Z'"),
        Case("request.time < x.timestamp('2023-01-01T00:00:00Z')"), Case("request.time < date('2023-01-01')"),
        Case("request.time < .timestamp('2023-01-01T00:00:00Z')"), Case("request.time < \(past).x"),
        Case("request.time < Timestamp('2023-01-01T00:00:00Z')"),
        Case("request.time < timestamp(b'2023-01-01T00:00:00Z')"),
        Case("timestamp('2023-01-01T00:00:00Z') < timestamp('2024-01-01T00:00:00Z')", "no request.time"),
        // Look-alikes of request.time.
        Case("request_time < \(past)"), Case("request.times < \(past)"), Case("requests.time < \(past)"),
        Case("Request.time < \(past)"), Case("request.Time < \(past)"), Case("a.request.time < \(past)"),
        Case("request.time.seconds < \(past)"), Case("request().time < \(past)"), Case("request.time() < \(past)"),
        Case("request[0].time < \(past)"), Case("request.auth.time < \(past)"), Case("request{}.time < \(past)"),
        Case("r\u{435}quest.time < \(past)", "Cyrillic e"), Case("request.tim\u{435} < \(past)", "Cyrillic e"),
        Case("request\u{A0}.time < \(past)", "NBSP"), Case("request.time <\u{A0}\(past)", "NBSP"),
        Case("request\u{FF0E}time < \(past)", "full-width dot"), Case("request.time \u{FF1C} \(past)", "full-width <"),
        Case("\u{FEFF}\(dead)", "byte order mark"), Case("\(dead)\u{200B}", "zero-width space"),
        Case("\(dead)\u{0B}", "vertical tab"), Case("\(dead)\u{2028}|| true", "line separator"),
        Case("\(dead)\u{0}", "NUL"), Case("\(dead)\u{0} || true", "NUL"), Case("\u{0}\(dead)", "NUL"),
        Case("`request`.time < \(past)", "back quotes"), Case("request.`time` < \(past)", "back quotes"),
        // Macros shadow request, and know no end.
        Case("[resource].exists(request, request.time < \(past))"), Case("[x].all(request, request.time < \(past))"),
        Case("[request].map(request, request.time < \(past))[0]"), Case("[x].exists_one(request, \(dead))"),
        Case("cel.bind(request, x, \(dead))"), Case("[].all(x, \(dead))", "all of nothing is true"),
        Case("['x'].exists(x, !(\(dead)))"), Case("[\(dead)].exists(x, !x)"), Case("has(request.time)"),
        // Resources and other attributes.
        Case("resource.name == 'x'"), Case("resource.type == 'x' || \(dead)"), Case("resource.name.startsWith('x')"),
        Case("request.path.startsWith('/x')"), Case("f(request.path, \(dead))"), Case("matches(request.path, 'x')"),
        Case("api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/x'])"),
        Case("resource.matchTag('123/env', 'prod')"), Case("destination.ip == '10.0.0.1'"),
        // Text that imitates a clause.
        Case(#"resource.name == "\#(dead.replacing("\"", "\\\""))""#), Case("resource.name == '\(dead)'"),
        Case("resource.name == '&& false'"), Case("resource.name != \"' && false && '\""),
        Case(
            #"request.time >= timestamp("2023-01-01T00:00:00Z") && request.time < timestamp("2023-01-01T00:00:00Z") || true || request.time < timestamp("2023-01-01T00:00:00Z")"#
        ),
        // Comments.
        Case("request.time >= \(past) // && \(dead)"), Case("request.time >= \(past) // && \(dead)\n"),
        Case("request.time >= \(past) //\r\n"), Case("\(dead) // x\n|| true"), Case("\(dead) // x\r\n|| true"),
        Case("\(dead) // x\r|| true", "a CR alone"), Case("request.time >= \(past) // x\r&& \(dead)", "a CR alone"),
        Case("\(dead) // x\u{2028}|| true", "LS"), Case("\(dead) // x\u{85}|| true", "NEL"),
        Case("\(dead) // x\u{2029}|| true", "PS"), Case("\(dead) // x\u{0C}|| true", "FF"),
        Case("// \(dead)\ntrue"), Case("// \(dead)"), Case("resource.name == '//' || \(dead)"),
        Case("resource.name == \"//\" || true // \" && false"), Case("\(dead) # x\n|| true", "no comment of CEL's"),
        Case("\(dead) /* x */ || true"), Case("\(dead) /* x */", "no comment of CEL's"),
    ]

    static let removed: [Case] = [
        Case("false"), Case(dead), Case("request.time <= \(past)"), Case("request.time == \(past)"),
        Case("\(past) > request.time"), Case("\(past) >= request.time"), Case("\(past) == request.time"),
        Case("request.time < timestamp('2020-10-01T00:00:00.000Z')", "Google's documentation"),
        Case("!(request.time >= \(past))"), Case("!(request.time > \(past))"), Case("!(request.time != \(past))"),
        Case("!!(\(dead))"), Case("(\(dead)) == true"), Case("true == (\(dead))"), Case("(\(dead)) != false"),
        Case("!(\(dead)) == false"), Case("!((\(dead)) == false)"), Case("!((\(dead)) != true)"),
        Case("request.time < \(past) == true"), Case("(\(dead)) != (\(dead))"),
        Case("\(dead) && resource.name == 'x'"), Case("resource.name == 'x' && \(dead)"),
        Case("(resource.name == 'x' || resource.name == 'y') && \(dead)"), Case("1/0 == 0 && \(dead)"),
        Case("\(dead) && 1/0 == 0"), Case("\(dead) && x"), Case("\(dead) && f(request.path)"),
        Case("\(dead) || \(dead)"), Case("\(dead) || false"), Case("!(\(dead)) ? \(dead) : true"),
        Case("\(dead) ? true : \(dead)"), Case("resource.name == 'x' ? \(dead) : false"),
        Case("request.time < \(past) && request.time < \(future)", "two ends, the earlier counts"),
        Case("request.time < \(future) && request.time < \(past)"),
        Case("request.time >= \(future) && request.time < \(past)", "start after end"),
        Case("\(dead) && (request.time < \(future) || true)"), Case("((((\(dead)))))"),
        Case("(request.time) < (\(past))"), Case("\(dead) // note"), Case("\(dead) // note\n"),
        Case("\(dead) // note\r\n"),
        Case("// note\n\(dead)"), Case("\(dead) // || true"), Case("\t\(dead)\u{0C}\r\n", "all of CEL's white space"),
        Case("request\n.\ntime\n<\ntimestamp\n(\n\"2023-01-01T00:00:00Z\"\n)"),
        Case("\(dead) && resource.name == '|| true'"), Case("\(dead) && resource.name == \"' || true || '\""),
        Case("\(dead) && resource.name == 'x' && [1, 2,].exists(request, request == 1) && {'a': 1,}.a == 1"),
        Case("\(dead) && google.type.Expr{a: 1, b: [],} == x && .y.z{} == .f(1) && a[0].b().c == -1.5e3 % 2u"),
        Case("request.time < timestamp('0001-01-01T00:00:00Z')"),
        Case("request.time < timestamp('2024-02-29T23:59:59Z')"),
        Case("request.time >= timestamp('2030-01-01T00:00:00Z') && false"),
    ]

    @Test(arguments: kept)
    func `an expression that may be true is kept`(_ one: Case) {
        #expect(!Sample.isDead(one.expression))
    }

    @Test(arguments: removed)
    func `an expression that is false for good is dead`(_ one: Case) {
        #expect(Sample.isDead(one.expression))
    }

    @Test(arguments: removed)
    func `what is dead stays dead`(_ one: Case) {
        #expect(Sample.isDead(one.expression, at: Sample.now.adding(seconds: 315_360_000)))
    }

    /// The operator, and whether `request.time OP T` is dead with a cutoff before, at, and after T.
    static let edges: [(String, String, [Bool])] = [
        ("<", ">", [false, true, true]), ("<=", ">=", [false, false, true]), ("==", "==", [false, false, true]),
        (">", "<", [false, false, false]), (">=", "<=", [false, false, false]), ("!=", "!=", [false, false, false]),
    ]

    @Test(arguments: edges)
    func `each relation changes at its own nanosecond`(_ edge: (String, String, [Bool])) {
        let instant = Instant(seconds: Sample.now.seconds, nanoseconds: 500)
        let literal = #"timestamp("2024-06-01T12:00:00.000000500Z")"#
        let cutoffs = [-1, 0, 1].map { Instant(seconds: instant.seconds, nanoseconds: instant.nanoseconds + $0) }
        for (cutoff, expected) in zip(cutoffs, edge.2) {
            #expect(Sample.isDead("request.time \(edge.0) \(literal)", at: cutoff) == expected)
            #expect(Sample.isDead("\(literal) \(edge.1) request.time", at: cutoff) == expected)
        }
    }

    /// The negated operator, and whether `!(request.time OP T)` is dead with a cutoff before, at, and after T.
    static let negatedEdges: [(String, [Bool])] = [
        (">=", [false, true, true]), (">", [false, false, true]), ("!=", [false, false, true]),
        ("<", [false, false, false]), ("<=", [false, false, false]), ("==", [false, false, false]),
    ]

    @Test(arguments: negatedEdges)
    func `each negated relation changes at its own nanosecond`(_ edge: (String, [Bool])) {
        let instant = Instant(seconds: Sample.now.seconds, nanoseconds: 500)
        let cutoffs = [-1, 0, 1].map { Instant(seconds: instant.seconds, nanoseconds: instant.nanoseconds + $0) }
        for (cutoff, expected) in zip(cutoffs, edge.1) {
            let expression = #"!(request.time \#(edge.0) timestamp("2024-06-01T12:00:00.0000005Z"))"#
            #expect(Sample.isDead(expression, at: cutoff) == expected)
        }
    }

    @Test func `the end of time does not overflow`() {
        let last = Instant(seconds: .max, nanoseconds: 999_999_999)
        #expect(Sample.isDead(dead, at: last))
        #expect(!Sample.isDead(dead, at: Instant(seconds: .min)))
        #expect(!Sample.isDead("request.time > \(future)", at: last))
    }

    static let markers: [String] = [
        "has({}.jitAccessConstraint)", "HAS({}.JITACCESSCONSTRAINT)", " has ( { } . jitAccessConstraint ) ",
        "has({}.multiPartyApprovalConstraint)", "has({}.multipartyapprovalconstraint.topic)",
        "has({}.jitAccessConstraint) && \(dead)", "\(dead) && has( {\n} .jitAccessConstraint)",
        "(has({}.jitAccessConstraint)) && false", "false && has({}.multiPartyApprovalConstraint)",
        "has({}.someLaterConstraint) && \(dead)", "\(dead) && resource.name == 'has({}.jitAccessConstraint)'",
    ]

    @Test(arguments: markers)
    func `a marker of eligibility is always kept`(_ expression: String) {
        #expect(Sample.notUnderstood(expression) == .eligibilityMarker)
        #expect(!Sample.isDead(expression))
    }
}
