import LosslessJSON
import Testing

private func root(_ text: String) throws -> JSONValue {
    try JSONDocument(Array(text.utf8), rules: JSONRules(maximumDepth: 8, maximumBytes: 4096)).root
}

@Suite struct JSONValueTests {
    static let integers: [(String, Int64?)] = [
        ("0", 0), ("-0", 0), ("1", 1), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775808", .min),
        ("9223372036854775808", nil),
        ("-9223372036854775809", nil), ("18446744073709551616", nil), ("99999999999999999999999999", nil), ("1.0", nil),
        ("1e0", nil), ("1E2", nil), ("-1.5", nil),
        ("true", nil), ("null", nil), ("\"1\"", nil), ("[1]", nil), ("{}", nil),
    ]

    @Test(arguments: integers)
    func `an integer is one that is written as one and fits`(_ text: String, expected: Int64?) throws {
        #expect(try root(text).integer == expected)
    }

    static let strings: [(String, String)] = [
        (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "A\u{E9}\u{20AC}"),
        (#""\ud83d\uDE00""#, "\u{1F600}"), (#""\uDBFF\uDFFF\uD800\uDC00""#, "\u{10FFFF}\u{10000}"),
        (#""\uFFFF\uD7FF\uE000""#, "\u{FFFF}\u{D7FF}\u{E000}"),
        ("\"\u{1F600}\u{E9}\"", "\u{1F600}\u{E9}"), (#""a\\u0041""#, #"a\u0041"#),
    ]

    @Test(arguments: strings)
    func `a string's escapes are undone`(_ text: String, expected: String) throws {
        let value = try root(text)
        #expect(value.utf8 == Array(expected.utf8))
        #expect(value.string == expected)
        #expect(value.isString(expected))
        #expect(!value.isString(expected + "x"))
        #expect(!value.isString("x" + expected))
    }

    @Test func `strings are compared by bytes`() throws {
        #expect(try !root("\"e\u{301}\"").isString("\u{E9}"))
        #expect(try !root(#""\u0065\u0301""#).isString("\u{E9}"))
        #expect(try !root("1").isString("1"))
    }

    @Test func `a value of another kind has no content of this kind`() throws {
        for (text, kind) in [
            ("null", JSONKind.null), ("true", .boolean), ("1", .number), ("\"a\"", .string), ("[]", .array),
            ("{}", .object),
        ] {
            let value = try root(text)
            #expect(value.kind == kind)
            #expect(value.isNull == (kind == .null))
            #expect((value.boolean != nil) == (kind == .boolean))
            #expect((value.integer != nil) == (kind == .number))
            #expect((value.string != nil) == (kind == .string))
            #expect((value.elements != nil) == (kind == .array))
            #expect((value.members != nil) == (kind == .object))
            #expect(value["a"] == nil)
        }
        #expect(try root("true").boolean == true)
        #expect(try root("false").boolean == false)
    }

    @Test func `elements and members come in their order, with their own text`() throws {
        let value = try root(#"{"a" : [1, [2,3] ,{"b":4}], "\u0063":"d","e":{"f":{}}}"#)
        #expect(value.members?.map { $0.name.string } == ["a", "c", "e"])
        #expect(
            value["a"]?.elements?.map { String(decoding: $0.rawBytes, as: UTF8.self) } == ["1", "[2,3]", #"{"b":4}"#]
        )
        #expect(value["c"]?.string == "d")
        #expect(value["e"]?["f"]?.members?.isEmpty == true)
        #expect(value["b"] == nil)
        #expect(value["a"]?["b"] == nil)
    }
}
