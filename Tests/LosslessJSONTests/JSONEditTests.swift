import LosslessJSON
import Testing

private let rules = JSONRules(maximumDepth: 8, maximumBytes: 1 << 16)

private func document(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8), rules: rules) }

@Suite struct JSONEditTests {
    /// An array, the positions that go, and what is left.
    static let removals: [(String, Set<Int>, String)] = [
        ("[1,2,3]", [], "[1,2,3]"), ("[1,2,3]", [0], "[2,3]"), ("[1,2,3]", [1], "[1,3]"), ("[1,2,3]", [2], "[1,2]"),
        ("[1,2,3]", [0, 1], "[3]"),
        ("[1,2,3]", [1, 2], "[1]"), ("[1,2,3]", [0, 2], "[2]"), ("[1,2,3]", [0, 1, 2], "[]"), ("[1]", [0], "[]"),
        ("[]", [], "[]"), ("[]", [0], "[]"),
        ("[1,2]", [5], "[1,2]"), ("[1,2]", [-1], "[1,2]"), ("[ 1 , 2 , 3 ]", [0], "[ 2 , 3 ]"),
        ("[ 1 , 2 , 3 ]", [1], "[ 1 , 3 ]"), ("[ 1 , 2 , 3 ]", [2], "[ 1 , 2 ]"),
        ("[ 1 , 2 , 3 ]", [0, 1, 2], "[  ]"), ("[\n  {},\n  [],\n  \"\"\n]", [1], "[\n  {},\n  \"\"\n]"),
        ("[[1,2],[3]]", [1], "[[1,2]]"),
        ("[1,2,3,4,5,6]", [0, 2, 3, 5], "[2,5]"),
    ]

    @Test(arguments: removals)
    func `elements go with the comma that they no longer need`(_ text: String, positions: Set<Int>, expected: String)
        throws
    {
        let document = try document(text)
        var edit = JSONEdit(document)
        edit.remove(elementsAt: positions, of: document.root)
        #expect(String(decoding: edit.bytes(), as: UTF8.self) == expected)
        #expect(throws: Never.self) { try JSONDocument(edit.bytes(), rules: rules) }
    }

    @Test func `every removal from a long array leaves the others and valid JSON`() throws {
        let text = "[" + (0..<10).map { "\"\($0)\"" }.joined(separator: " ,") + "]"
        let document = try document(text)
        for mask in 0..<1024 {
            let gone = Set((0..<10).filter { mask >> $0 & 1 == 1 })
            var edit = JSONEdit(document)
            edit.remove(elementsAt: gone, of: document.root)
            let rest = try JSONDocument(edit.bytes(), rules: rules).root.elements?.compactMap(\.string)
            #expect(rest == (0..<10).filter { !gone.contains($0) }.map { "\($0)" })
        }
    }

    @Test func `only arrays lose elements and only objects gain members`() throws {
        for text in ["{\"a\":1}", "1", "\"a\"", "null"] {
            let document = try document(text)
            var edit = JSONEdit(document)
            edit.remove(elementsAt: [0], of: document.root)
            #expect(edit.bytes() == document.bytes)
        }
        let array = try document("[1]")
        var edit = JSONEdit(array)
        edit.insertMember("a", [0x31], into: array.root)
        #expect(edit.bytes() == array.bytes)
    }

    @Test(arguments: [("{}", #"{"n\"":3}"#), ("{ }", #"{"n\"":3 }"#), (#"{ "a":1}"#, #"{"n\"":3, "a":1}"#)])
    func `a member is put in front`(_ text: String, expected: String) throws {
        let document = try document(text)
        var edit = JSONEdit(document)
        edit.insertMember("n\"", Array("3".utf8), into: document.root)
        #expect(String(decoding: edit.bytes(), as: UTF8.self) == expected)
    }

    @Test func `several changes leave every other byte alone`() throws {
        let document = try document(#" {"v" : 1.0, "a":[ 1,{"b":[true,false]} ,3], "\u0077" :[null]} "#)
        var edit = JSONEdit(document)
        let array = try #require(document.root["a"])
        let inner = try #require(array.elements?[1]["b"])
        edit.replace(try #require(document.root["w"]), with: Array("{}".utf8))
        edit.remove(elementsAt: [2], of: array)
        edit.replace(try #require(document.root["v"]), with: Array("3".utf8))
        edit.remove(elementsAt: [0], of: inner)
        edit.insertMember("x", Array("0".utf8), into: document.root)
        #expect(
            String(decoding: edit.bytes(), as: UTF8.self) == #" {"x":0,"v" : 3, "a":[ 1,{"b":[false]}], "\u0077" :{}} "#
        )
    }

    @Test(arguments: ["", "plain", "\"\\/\n\r\t\u{8}\u{C}\u{0}\u{1F}\u{7F}", "\u{E9}\u{1F600}\u{2028}"])
    func `a quoted text is read back as it was`(_ text: String) throws {
        var rules = rules
        rules.allowsNUL = true
        let value = try JSONDocument(JSONEscapes.quoted(text), rules: rules).root
        #expect(value.utf8 == Array(text.utf8))
    }
}
