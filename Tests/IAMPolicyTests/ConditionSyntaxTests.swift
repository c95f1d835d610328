import Glibc
import IAMPolicy
import TestSupport
import Testing
import Timestamps

private let dead = Sample.dead

@Suite struct ConditionSyntaxTests {
    /// Texts that are not CEL, or that engines do not read alike, and what is wrong with them.
    static let refused: [(String, ConditionSyntaxError)] = [
        ("", .unexpectedToken(offset: 0)), ("  ", .unexpectedToken(offset: 2)), ("a b", .unexpectedToken(offset: 2)),
        ("(a", .unexpectedToken(offset: 2)), ("a)", .unexpectedToken(offset: 1)), ("()", .unexpectedToken(offset: 1)),
        ("a ||", .unexpectedToken(offset: 4)), ("|| a", .unexpectedToken(offset: 0)),
        ("a | b", .unexpectedCharacter(offset: 2)),
        ("a & b", .unexpectedCharacter(offset: 2)), ("a = b", .unexpectedCharacter(offset: 2)),
        ("a and b", .unexpectedToken(offset: 2)), ("not a", .unexpectedToken(offset: 4)),
        ("a ? b", .unexpectedToken(offset: 5)),
        ("a ? b : c : d", .unexpectedToken(offset: 10)), ("a ? : c", .unexpectedToken(offset: 4)),
        ("!-a", .unexpectedToken(offset: 1)),
        ("-!a", .unexpectedToken(offset: 1)), ("a!", .unexpectedToken(offset: 1)),
        ("f(a,)", .unexpectedToken(offset: 4)),
        ("f(,a)", .unexpectedToken(offset: 2)), ("f(a b)", .unexpectedToken(offset: 4)),
        ("[,]", .unexpectedToken(offset: 1)),
        ("[a b]", .unexpectedToken(offset: 3)), ("{a}", .unexpectedToken(offset: 2)),
        ("{a: b c: d}", .unexpectedToken(offset: 6)),
        ("a[]", .unexpectedToken(offset: 2)), ("a[b", .unexpectedToken(offset: 3)), ("a.", .unexpectedToken(offset: 2)),
        ("a.1", .unexpectedToken(offset: 1)), ("a.'b'", .unexpectedToken(offset: 2)),
        ("a..b", .unexpectedToken(offset: 2)),
        ("a.in", .unexpectedToken(offset: 2)), ("a.?b", .unexpectedToken(offset: 2)),
        ("a[?b]", .unexpectedToken(offset: 2)),
        ("for", .unexpectedToken(offset: 0)), ("package || a", .unexpectedToken(offset: 0)),
        ("in", .unexpectedToken(offset: 0)),
        ("f(a){}", .unexpectedToken(offset: 4)), ("a{b}", .unexpectedToken(offset: 3)),
        ("(a){}", .unexpectedToken(offset: 3)),
        ("a; b", .unexpectedCharacter(offset: 1)), ("a\\", .unexpectedCharacter(offset: 1)),
        ("$a", .unexpectedCharacter(offset: 0)),
        ("@a", .unexpectedCharacter(offset: 0)), ("\u{1}a", .unexpectedCharacter(offset: 0)),
        ("\u{E9}", .unexpectedCharacter(offset: 0)),
        ("\"a", .malformedLiteral(offset: 0)), ("'a\"", .malformedLiteral(offset: 0)),
        ("\"a\nb\"", .malformedLiteral(offset: 2)),
        ("'a\rb'", .malformedLiteral(offset: 2)), ("'''a''", .malformedLiteral(offset: 0)),
        (#""\q""#, .malformedLiteral(offset: 1)),
        (#""\x4""#, .malformedLiteral(offset: 1)), (#""\xg0""#, .malformedLiteral(offset: 1)),
        (#""\u12""#, .malformedLiteral(offset: 1)),
        (#""\uD800""#, .malformedLiteral(offset: 1)), (#""\U00110000""#, .malformedLiteral(offset: 1)),
        (#""\U0000D800""#, .malformedLiteral(offset: 1)), (#""\8""#, .malformedLiteral(offset: 1)),
        (#""\400""#, .malformedLiteral(offset: 1)),
        (#""\08""#, .malformedLiteral(offset: 1)), (#""\01""#, .malformedLiteral(offset: 1)),
        (#"b"\u0041""#, .malformedLiteral(offset: 2)),
        (#"r"a\""#, .malformedLiteral(offset: 4)), (#"r"a\" || true || r"""#, .malformedLiteral(offset: 4)),
        (#""a""b""#, .malformedLiteral(offset: 3)), (#""a"'b'"#, .malformedLiteral(offset: 3)),
        (#""""a"""""#, .malformedLiteral(offset: 7)),
        (#"rb"a""#, .unexpectedToken(offset: 2)), (#"x"a""#, .unexpectedToken(offset: 1)),
        (#"rr"a""#, .unexpectedToken(offset: 2)),
        ("0x", .malformedLiteral(offset: 0)), ("0X1", .malformedLiteral(offset: 0)),
        ("1a", .malformedLiteral(offset: 0)),
        ("1e", .malformedLiteral(offset: 0)), ("1e+", .malformedLiteral(offset: 0)),
        ("1.5u", .malformedLiteral(offset: 0)),
        ("1in x", .malformedLiteral(offset: 0)), ("a\u{0}", .nul(offset: 1)), ("// x\ra", .ambiguousComment(offset: 4)),
        ("a // \u{1}", .ambiguousComment(offset: 5)), ("a // \r", .ambiguousComment(offset: 5)),
    ]

    @Test(arguments: refused)
    func `what is not CEL is refused, and so kept`(_ text: String, error: ConditionSyntaxError) {
        #expect(Sample.notUnderstood(text) == .unreadable(error))
        #expect(!Sample.isDead(text))
        #expect(!Sample.isDead("\(dead) && (\(text))") || error == .unexpectedToken(offset: 0))
    }

    /// Texts of CEL, with every form of literal.
    static let accepted: [String] = [
        "0", "007", "1u", "1U", "0x1F", "0xfFu", "1.5", ".5", "1e5", "1.5E-3", "1e+5", "- 1", "--1", "!a", "!!a",
        "! ! !a",
        "''", "\"\"", "''''''", "\"\"\"\"\"\"", "'\"'", "\"'\"", "'''a'b''c\nd\r\ne'''", "\"\"\"a\"b\"\"c\"\"\"",
        #"'\a\b\f\n\r\t\v\\\'\"\`\?'"#, #"'\x41\X41\u00e9\U0001F600\101\377\000'"#, #"b'\xff\377\\'"#, "b''", "B\"x\"",
        #"r'\d\.\\x'"#, #"R"\q""#, #"br'\q'"#, #"bR"x""#, #"Br'''\q'''"#, #"BR"\8""#, #"r'''\'''"#.replacing("\\", "x"),
        "true", "false", "null", "[]", "[1,]", "[1, 2]", "{}", "{1: 2}", "{'a': 1, 'b': [2],}", "a", "_a1", ".a",
        ".a.b",
        "a.b.c", "a.package", "a.for.b", "a['b'][0].c", "a.b(c, d).e()", "f()", "f(g(h()))", ".f(1)", "a.b{}",
        ".a.b{c: 1,}",
        "A{for: 1}", "a ? b : c", "a ? b : c ? d : e", "a ? (b ? c : d) : e", "a || b || c && d && e", "a in b",
        "a < b == c",
        "a + b - c * d / e % f", "a\t+\nb\u{0C}\r ", "a // comment", "a // comment \t \u{E9} // more\n && b", "//\na",
        "//\r\na",
        "[1, 2].exists(x, x > 1)", "has(a.b)", "a.map(x, y, z)", "((((((((a))))))))", "truex", "inn", "nullable",
    ]

    @Test(arguments: accepted)
    func `what is CEL is read`(_ text: String) {
        if let error = Sample.notUnderstood(text) {
            Issue.record("\(text): \(error)")
        }
        // A dead clause in front decides, which shows that the text was read to its end.
        #expect(Sample.isDead("\(dead) && (\(text)\n)"))
        #expect(!Sample.isDead("\(dead) || (\(text)\n)") || text == "false")
    }

    // MARK: Limits

    private static let maximumBytes = ConditionLimits.maximumBytes
    private static let maximumDepth = ConditionLimits.maximumDepth

    @Test func `an expression of the greatest length is read, and one byte more is refused`() {
        let padding = String(repeating: " ", count: Self.maximumBytes - dead.utf8.count)
        #expect(Sample.isDead(dead + padding))
        #expect(Sample.notUnderstood(dead + padding + " ") == .unreadable(.tooLong(bytes: Self.maximumBytes + 1)))
        let marker = "has({}.jitAccessConstraint)" + String(repeating: " ", count: Self.maximumBytes)
        #expect(!Sample.isDead(marker))
    }

    /// Ways of nesting: what opens a level, the innermost, and what closes a level.
    static let nestings: [(String, String, String)] = [
        ("(", "a", ")"), ("[", "1", "]"), ("f(", "1", ")"), ("a[", "1", "]"), ("{1:", "1", "}"), ("a{b:", "1", "}"),
        ("a.f(", "1", ")"), ("a?a:", "a", ""), ("!(", "a", ")"), ("-(", "1", ")"),
    ]

    @Test(arguments: nestings)
    func `the deepest nesting is read, and one level more is refused`(_ open: String, innermost: String, close: String)
    {
        func nested(_ depth: Int) -> String {
            // The expression itself is the first level.
            String(repeating: open, count: depth - 1) + innermost + String(repeating: close, count: depth - 1)
        }
        #expect(Sample.notUnderstood(nested(Self.maximumDepth)) == nil)
        guard case .unreadable(.tooDeep) = Sample.notUnderstood(nested(Self.maximumDepth + 1)) else {
            Issue.record("\(open) is not bounded")
            return
        }
    }

    @Test func `what CEL asks of every engine is read`() {
        let parentheses = String(repeating: "(", count: 32) + dead + String(repeating: ")", count: 32)
        #expect(Sample.isDead(parentheses))
        #expect(Sample.isDead(String(repeating: "false ? true : ", count: 24) + dead))
        #expect(Sample.isDead(Array(repeating: dead, count: 32).joined(separator: " || ")))
        #expect(Sample.isDead(Array(repeating: "a", count: 32).joined(separator: " && ") + " && \(dead)"))
        #expect(Sample.isDead(String(repeating: "!", count: 32) + "(\(dead))"))
    }

    /// Expressions that are as wide or as deep as fits.
    static let monsters: [String] = {
        let many = maximumBytes
        func filled(_ piece: String, _ end: String = "") -> String {
            String(repeating: piece, count: (many - end.utf8.count) / piece.utf8.count) + end
        }
        return [
            filled("!", "a"), filled("-", "1"), filled("("), filled(")"), filled("["), filled("{"), filled("f("),
            filled("a["),
            filled("a?"), filled("a?b:", "c"), filled("a||", "a"), filled("a&&", "a"), filled("a.", "a"),
            filled("a", "[0]"),
            filled("a<", "a"), filled("a+", "a"), filled("\""), filled("'"), filled("\\"), filled("//"), filled("/"),
            filled("\n"),
            "a" + filled("[0]").dropLast(2), "a" + filled("()").dropLast(2), filled("!(", ""), filled("r'''"),
            filled("\"\\"),
            String(repeating: "!", count: 500) + "(a)",
            String(repeating: "(", count: 500) + dead + String(repeating: ")", count: 500),
            String(repeating: "[", count: 500) + String(repeating: "]", count: 500), filled("a.b(", ""), filled("{1:"),
            filled("a{b:"), filled("((a)||", ""), filled("a==", "a"), filled("timestamp("), filled("\u{1F600}"),
        ]
    }()

    @Test(arguments: monsters.indices)
    func `a wide or deep expression neither crashes nor dies, on a small stack too`(_ index: Int) {
        let expression = Self.monsters[index]
        #expect(!Sample.isDead(expression))
        #expect(isDeadOnSmallStack(expression) == false)
    }

    @Test func `a wide dead expression is dead`() {
        let ands = Array(repeating: "a", count: 4000).joined(separator: "&&")
        #expect(Sample.isDead(ands + "&&" + dead))
        #expect(isDeadOnSmallStack(ands + "&&" + dead) == true)
        #expect(isDeadOnSmallStack(String(repeating: "!", count: 500) + "(\(dead))") == true)
        #expect(isDeadOnSmallStack(String(repeating: "!", count: 501) + "(\(dead))") == false)
    }

    @Test func `300 alternatives are read one by one`() {
        let alternatives = (0..<300).map { "a == \"\($0)\"" }.joined(separator: " || ")
        #expect(!Sample.isDead("\(alternatives) || \(dead)"))
        #expect(Sample.isDead("(\(alternatives)) && \(dead)"))
        let deadOnes = (0..<200).map { "false && a == \"\($0)\"" }.joined(separator: " || ")
        #expect(Sample.isDead("\(deadOnes) || \(dead)"))
        #expect(!Sample.isDead("\(deadOnes) || \(dead) || a"))
    }

    @Test func `random bytes are never dead`() {
        var random = SplitMix64(seed: 20_240_601)
        let pieces = [
            "(", ")", "request", ".", "time", "<", ">=", "&&", "||", "!", "\"", "'", "\\", "//", "\n", "\r", " ", "?",
            ":", "1",
            "true", "timestamp", Sample.past, "[", "]", "{", "}", ",", "r", "b", "\u{0}", "\u{E9}",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...30, using: &random)).map { _ in random.pick(pieces) }.joined()
            guard Sample.isDead(text) else { continue }
            // The only pieces that can be false for good are a comparison with a time in the past, and negations.
            #expect(text.contains("request.time") || text.contains("!"), "\(text.debugDescription)")
        }
    }
}

/// Decides on a thread with a stack of 512 KiB, as Dispatch's own threads have; nil if there was no thread.
private func isDeadOnSmallStack(_ expression: String) -> Bool? {
    let job = StackJob(expression)
    var attributes = pthread_attr_t()
    var thread = pthread_t()
    // The job outlives the thread, which is joined here; the attributes are a local of this call.
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    guard unsafe pthread_attr_setstacksize(&attributes, 512 * 1024) == 0 else { return nil }
    let context = unsafe Unmanaged.passUnretained(job).toOpaque()
    guard unsafe pthread_create(&thread, &attributes, runStackJob, context) == 0 else { return nil }
    guard pthread_join(thread, nil) == 0 else { return nil }
    return job.isDead
}

private final class StackJob {
    let expression: String
    var isDead: Bool?

    init(_ expression: String) { self.expression = expression }
}

private func runStackJob(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    // The pointer is the job that the creator keeps alive until it has joined this thread.
    let job = unsafe Unmanaged<StackJob>.fromOpaque(context).takeUnretainedValue()
    job.isDead = Sample.isDead(job.expression)
    return nil
}
