import Testing

@testable import HTTPTransport

@Suite struct HeaderLinesTests {
    @Test(arguments: ["a\rb", "a\nb", "a\r\nX-Injected: 1", "\0", "a\u{1}", "a\u{7F}"])
    func `a value that could end its line is refused`(value: String) {
        #expect(throws: TransportError.invalidRequest("header x-reason with a control character")) {
            try HeaderLines.make([("x-reason", value)])
        }
    }

    @Test(arguments: ["", "a b", "a:b", "a\r\nb", "ä", "a;", "(a)"])
    func `a name that is no token is refused`(name: String) {
        #expect(throws: TransportError.invalidRequest("header name with a character that is not allowed in one")) {
            try HeaderLines.make([(name, "value")])
        }
    }

    @Test func `the longest value is taken and one byte more is refused`() throws {
        let longest = String(repeating: "a", count: HeaderLines.maximumValueBytes)
        #expect(try HeaderLines.make([("a", longest)]).last == "a: \(longest)")
        #expect(throws: TransportError.invalidRequest("header a too long")) {
            try HeaderLines.make([("a", longest + "a")])
        }
    }

    @Test func `an empty value is sent and not taken for a removal`() throws {
        #expect(
            try HeaderLines.make([("Content-Type", "a/b"), ("x-empty", "")]) == [
                "Expect:", "Content-Type: a/b", "x-empty;",
            ]
        )
    }
}
