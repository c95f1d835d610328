import Testing

@testable import GoogleCloud

@Suite struct RequestReasonTests {
    @Test(arguments: [
        ("", nil), ("   ", nil), ("\r\n", "%0D%0A"), ("a\r\nX-Evil: 1", "a%0D%0AX-Evil: 1"), (" a b ", "a b"),
        ("100% \u{7F}", "100%25 %7F"), ("für", "f%C3%BCr"), ("a\0b", "a%00b"), ("😀", "%F0%9F%98%80"), ("a\tb", "a%09b"),
        ("~!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}", "~!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}"),
    ])
    func `a reason is made printable`(text: String, value: String?) {
        #expect(RequestReason.headerValue(text) == value)
    }

    @Test func `a reason is cut at its bound, and never inside an encoded character`() {
        let longest = String(repeating: "a", count: RequestReason.maximumBytes)
        #expect(RequestReason.headerValue(longest) == longest)
        #expect(RequestReason.headerValue(longest + "a") == longest)
        let almost = String(longest.dropLast(5))
        #expect(RequestReason.headerValue(almost + "ü") == almost)
        #expect(RequestReason.headerValue(String(almost.dropLast()) + "ü")?.utf8.count == RequestReason.maximumBytes)
    }
}
