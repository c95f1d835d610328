import IAMPolicy
import Testing

/// Tests that need no oracle: what must follow when a known expression is built into a larger one.
@Suite struct ConditionMetamorphicTests {
    /// Expressions of CEL that are true; in the style of the cel-spec's conformance groups.
    static let trueExpressions: [String] = [
        "true", "1 == 1", "-1 == - 1", "0x1F == 31", "1u != 2u", "1.5e3 == 1500.0", ".5 < 1.0", "'a' == \"a\"",
        #"'\x41' == "A""#, #"'\101' == 'A'"#, #"'\u0041\U00000042' == 'AB'"#, #"r'\d' == '\\d'"#,
        "'''a\nb''' == 'a\\nb'",
        "b'abc' == b'\\x61bc'", "null == null", "[1, 2][1] == 2", "{'a': 1}['a'] == 1", "{'a': 1}.a == 1",
        "2 in [1, 2,]",
        "'a' in {'a': 1}", "size('abc') == 3", "'abc'.size() == 3", "'abc'.startsWith('a')", "'abc'.contains('b')",
        "'abc'.matches('^a.c$')", "has({'a': 1}.a)", "!has({'a': 1}.b)", "[1, 2].exists(x, x == 2)", "[].all(x, false)",
        "[1].exists_one(request, request == 1)", "[1, 2].map(x, x * 2) == [2, 4]", "[1, 2].filter(x, x > 1) == [2]",
        "true || 1/0 == 0", "1/0 == 0 || true", "!(false && 1/0 == 0)", "false ? false : true",
        "true ? true : 1/0 == 0",
        "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "7 % 3 == 1", "-(-1) == 1", "!!true", "!false && !false",
        "duration('1h') == duration('60m')", "timestamp('2009-02-13T23:31:30Z') == timestamp(1234567890)",
        "timestamp('2009-02-13T23:31:30Z').getFullYear() == 2009", "int('1') == 1", "string(1) == '1'",
        "type(1) == int",
        "dyn(1) == 1", "bool('true')", "1 < 2 == true", "'//' == '/' + '/'", "'&&' != '||'", "'?' + ':' == '?:'",
        "request.time == request.time", "request.time >= timestamp('1970-01-01T00:00:00Z')",
        "request.time < timestamp('9999-12-31T23:59:59Z')", "request.time != timestamp('1970-01-01T00:00:00Z')",
        "google.protobuf.Int32Value{value: 1} == 1", ".int('1') == 1", "1 == 1 // comment\n",
        "(1 == 1)\n&&\t(2 == 2)\r\n", "a.b.c.d == a.b.c.d", "cel.bind(x, 1, x == 1)",
    ]

    @Test(arguments: trueExpressions)
    func `an expression that is true is kept in whatever shape`(_ expression: String) {
        let dead = Sample.dead
        let part = "(\(expression))"
        for whole in [
            part, "\(part) || \(dead)", "\(dead) || \(part)", "!(!\(part))", "!!\(part)", "\(part) ? true : (\(dead))",
            "\(part) ? \(part) : (\(dead))", "\(dead) ? false : \(part)", "\(part) && request.time >= \(Sample.past)",
            "request.time >= \(Sample.past) && \(part)", "\(part) == true", "\(part) != (\(dead))",
            "!(!\(part) || \(dead))",
            "!(\(dead)) && \(part)", "[\(part)][0]", "[1].all(request, \(part))", "\(part) == (\(dead) == false)",
        ] {
            #expect(!Sample.isDead(whole), "\(whole)")
        }
    }

    @Test(arguments: trueExpressions)
    func `a dead clause kills any conjunction`(_ expression: String) {
        let dead = Sample.dead
        let part = "(\(expression))"
        for whole in [
            "(\(dead)) && \(part)", "\(part) && \(dead)", "\(part) && (\(dead)) && \(part)",
            "(\(dead)) && (1/0 == 0 || \(part))",
            "!(!(\(dead)) || \(part)) && \(dead)", "\(dead) ? \(part) : false",
            "\(part) && \(Sample.expired) && \(part)",
        ] {
            #expect(Sample.isDead(whole), "\(whole)")
        }
    }

    static let imitations: [String] = [
        Sample.dead, "true", "false", "' && false", "|| true", "&& false && '", "// comment", "\\n&& false",
        "request.time",
        "timestamp('2020-01-01T00:00:00Z')", Sample.expired, ")) && ((false", "? false : false", "!", "{}[]",
        "\u{1F512} \u{E9}",
    ]

    @Test(arguments: imitations)
    func `a text inside a string is never code`(_ text: String) {
        let doubled = "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        let single = "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
        for literal in [
            doubled, single, "\"\"\" \(text.replacing("\"", with: "\\\"")) \"\"\"",
            "''' \(text.replacing("'", with: "\\'")) '''",
        ] {
            for whole in [
                "resource.name == \(literal)", "\(literal) == resource.name", "resource.name != \(literal)",
                "resource.name.startsWith(\(literal))", "\(literal) in resource.labels", "f(\(literal))",
                "{\(literal): 1}.a",
                "resource.name == \(literal) || \(Sample.dead)",
                "\(Sample.dead) ? \(literal) == '' : resource.name == \(literal)",
            ] {
                #expect(!Sample.isDead(whole), "\(whole)")
            }
            #expect(Sample.isDead("resource.name == \(literal) && \(Sample.dead)"))
            #expect(Sample.isDead("\(Sample.dead) && resource.name == \(literal) // \(text)\n"))
        }
    }
}

extension String {
    /// The text with every occurrence of one text replaced by another.
    func replacing(_ old: String, with new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }

    /// The text with every occurrence of one text replaced by another.
    func replacing(_ old: String, _ new: String) -> String { replacing(old, with: new) }
}
