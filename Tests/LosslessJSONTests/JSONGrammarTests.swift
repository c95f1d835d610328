import LosslessJSON
import Testing

private let rules = JSONRules(maximumDepth: 4, maximumBytes: 4096)

private func read(_ text: String, _ rules: JSONRules = rules) throws(JSONError) -> JSONDocument {
    try JSONDocument(Array(text.utf8), rules: rules)
}

@Suite struct JSONGrammarTests {
    /// Texts that RFC 8259 refuses, and the offset at which reading stops.
    static let refused: [(String, Int)] = [
        ("", 0), (" ", 1), ("{", 1), ("[", 1), ("}", 0), ("]", 0), (",", 0), ("[1,]", 3), ("[,1]", 1), ("[1,,2]", 3),
        ("[1 2]", 3),
        ("[1}", 2), ("{]", 1), (#"{"a":1,}"#, 7), (#"{,"a":1}"#, 1), (#"{"a" 1}"#, 5), (#"{"a":}"#, 5), (#"{"a"}"#, 4),
        (#"{"a":1 "b":2}"#, 7),
        ("{a:1}", 1), ("{1:1}", 1), ("{'a':1}", 1), (#"{"a":1"#, 6), ("[1", 2), ("1 2", 2), ("{}{}", 2), ("nul", 3),
        ("nulll", 4),
        ("Null", 0), ("TRUE", 0), ("tru", 3), ("falsy", 4), ("undefined", 0), ("NaN", 0), ("Infinity", 0),
        ("-Infinity", 1),
        ("01", 1), ("-01", 2), ("00", 1), ("+1", 0), ("-", 1), ("--1", 1), (".5", 0), ("1.", 2), ("1.e1", 2),
        ("-.5", 1), ("1e", 2), ("1e+", 3),
        ("1E-", 3), ("1e1.5", 3), ("0x1", 1), ("1_000", 1), ("1a", 1), ("\u{FF11}", 0), ("'a'", 0), ("\"a", 2),
        ("\"", 1), ("\"\\", 2), (#""\""#, 3),
        (#""\q""#, 2), (#""\a""#, 2), (#""\'""#, 2), (#""\x41""#, 2), (#""\U0041""#, 2), (#""\0""#, 2), (#""\u""#, 3),
        (#""\u12""#, 5), (#""\u123g""#, 6),
        (#""\uD800""#, 7), (#""\uD800x""#, 7), (#""\uD800\n""#, 8), (#""\uD800\u0041""#, 3), (#""\uD800\uD800""#, 3),
        (#""\uDC00""#, 3), (#""\uDC00\uD800""#, 3),
        ("\"\n\"", 1), ("\"\t\"", 1), ("\"\u{0}\"", 1), ("\"\u{1F}\"", 1), ("\u{A0}1", 0), ("1\u{0C}", 1),
        ("\u{0B}1", 0), ("1\u{0}", 1), ("1 // x", 2), ("/**/1", 0), ("1;", 1),
    ]

    @Test(arguments: refused)
    func `what RFC 8259 does not allow is refused`(_ text: String, offset: Int) {
        #expect(throws: JSONError.malformed(offset: offset)) { try read(text) }
    }

    static let notUTF8: [[UInt8]] = [
        [0xFF], [0x22, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
        [0x22, 0xE0, 0x80, 0x80, 0x22], [0xEF, 0xBB, 0xBF, 0x31], [0xEF, 0xBB, 0xBF], [0xFE, 0xFF, 0x00, 0x31],
        [0xFF, 0xFE, 0x31, 0x00],
    ]

    @Test(arguments: notUTF8)
    func `bytes that are not UTF-8, or begin with a mark, are refused`(_ bytes: [UInt8]) {
        #expect(throws: JSONError.notUTF8) { try JSONDocument(bytes, rules: rules) }
    }

    static let accepted: [(String, JSONKind)] = [
        ("null", .null), ("true", .boolean), ("false", .boolean), ("0", .number), ("-0", .number), ("10", .number),
        ("-1.5e+10", .number), ("0.0", .number),
        ("1E400", .number), ("0e0", .number), ("123456789012345678901234567890", .number), ("\"\"", .string),
        (#""\"\\\/\b\f\n\r\t\u0041""#, .string),
        (#""\uD83D\uDE00""#, .string), ("\"\u{7F}\u{80}\u{2028}\u{FEFF}\u{10FFFF}\"", .string), ("[]", .array),
        ("[ ]", .array), ("[[],[[]]]", .array), ("[1,\"a\",null]", .array),
        ("{}", .object), ("{ }", .object), (#"{"":{}}"#, .object), (#"{"a":1,"A":2,"\u00e1":3}"#, .object),
        (" \t\r\n{ \"a\" : [ 1 , 2 ] } \n", .object),
    ]

    @Test(arguments: accepted)
    func `what RFC 8259 allows is read, and keeps its bytes`(_ text: String, kind: JSONKind) throws {
        let document = try read(text)
        #expect(document.root.kind == kind)
        #expect(document.bytes == Array(text.utf8))
        #expect(JSONEdit(document).bytes() == Array(text.utf8))
        #expect(document.root.rawBytes.first == text.utf8.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) })
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `the deepest nesting is read, and one level more is refused`(_ open: String, close: String) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(try read(nested(4)).root.kind != .number)
        #expect(throws: JSONError.tooDeep(offset: 4 * open.utf8.count)) { try read(nested(5)) }
        let flat = JSONRules(maximumDepth: 0, maximumBytes: 10)
        #expect(try read("1", flat).root.integer == 1)
        #expect(throws: JSONError.tooDeep(offset: 0)) { try read("[]", flat) }
    }

    @Test func `nesting costs no stack`() {
        let deep = JSONRules(maximumDepth: 1_000_000, maximumBytes: 1 << 22)
        #expect(throws: JSONError.malformed(offset: 1_000_000)) {
            try read(String(repeating: "[", count: 1_000_000), deep)
        }
    }

    @Test func `the largest document is read, and one byte more is refused`() throws {
        let rules = JSONRules(maximumDepth: 1, maximumBytes: 8)
        #expect(try read("\"123456\"", rules).root.string == "123456")
        #expect(throws: JSONError.tooLarge(bytes: 9)) { try read("\"1234567\"", rules) }
    }

    /// Texts of that many values, names included.
    static let counted: [(String, Int)] = [
        ("[1]", 2), ("[[]]", 2), ("[{}]", 2), ("[1,2]", 3), ("[[],[[]]]", 4), (#"{"a":1}"#, 3),
        (#"{"a":1,"b":[2,{}]}"#, 7), (#"[{"a":null},"x"]"#, 5), (" [ 1 , 2 ] ", 3),
    ]

    @Test(arguments: counted)
    func `as many values as allowed are read, and one more is refused`(_ text: String, count: Int) throws {
        func limited(_ limit: Int) -> JSONRules {
            JSONRules(maximumDepth: 4, maximumBytes: 4096, maximumValues: limit)
        }
        #expect(throws: Never.self) { try read(text, limited(count)) }
        #expect(throws: Never.self) { try read("[]", limited(1)) }
        let error = try #require(throws: JSONError.self) { try read(text, limited(count - 1)) }
        guard case .tooManyValues(let offset) = error else {
            Issue.record(error)
            return
        }
        #expect(offset <= text.utf8.count)
    }

    @Test func `values are counted while they are read, not when they are all there`() {
        let rules = JSONRules(maximumDepth: 4, maximumBytes: 1 << 22, maximumValues: 10)
        let error = #expect(throws: JSONError.self) {
            try read("[" + String(repeating: "0,", count: 1_000_000) + "0]", rules)
        }
        guard case .tooManyValues(let offset) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(offset < 30)
    }

    @Test(arguments: [
        (#"{"a":1,"a":1}"#, 7), (#"{"a":1,"\u0061":2}"#, 7), (#"{"b":{"a":1,"c":2,"a":3}}"#, 18),
        (#"[{"":1,"":2}]"#, 7), (#"{"\ud83d\ude00":1,"😀":2}"#, 18),
        (#"{"a/b":1,"a\/b":2}"#, 9), (#"{"aud":"x","aud":["x"]}"#, 11),
    ])
    func `a name that occurs twice is refused, however it is spelled`(_ text: String, offset: Int) throws {
        #expect(throws: JSONError.duplicateName(offset: offset)) { try read(text) }
        var lenient = rules
        lenient.allowsDuplicateNames = true
        #expect(try !read(text, lenient).bytes.isEmpty)
    }

    @Test func `names that are only canonically equal are two names`() throws {
        #expect(try read("{\"\u{E9}\":1,\"e\u{301}\":2}").root.members?.count == 2)
    }

    @Test(arguments: [2, 11, 12, 13, 14, 40])
    func `a name is found twice in objects of every size, however it is spelled`(_ count: Int) throws {
        let names = (0..<count).map { "\"name\($0)\"" }
        #expect(throws: Never.self) { try read("{" + names.map { "\($0):0" }.joined(separator: ",") + "}") }
        for first in 0..<(count - 1) {
            for spelling in [names[first], names[first].replacing("n", with: #"\u006e"#)] {
                let text = "{" + (names.dropLast() + [spelling]).map { "\($0):0" }.joined(separator: ",")
                let offset = text.utf8.count - spelling.utf8.count - 2
                #expect(throws: JSONError.duplicateName(offset: offset)) { try read(text + "}") }
            }
        }
    }

    @Test func `where duplicates are allowed the last one counts`() throws {
        var lenient = rules
        lenient.allowsDuplicateNames = true
        let document = try read(#"{"a":1,"b":2,"\u0061":3}"#, lenient)
        #expect(document.root["a"]?.integer == 3)
        #expect(document.root.members?.count == 3)
    }

    @Test func `U+0000 is refused unless the rules allow it`() throws {
        #expect(throws: JSONError.nul(offset: 4)) { try read(#""a\u0000b""#) }
        #expect(throws: JSONError.nul(offset: 4)) { try read(#"{"\u0000":1}"#) }
        var lenient = rules
        lenient.allowsNUL = true
        #expect(try read(#""a\u0000b""#, lenient).root.utf8 == [0x61, 0, 0x62])
    }
}
