import IAMPolicy
import Testing
import Timestamps

/// Which spellings of a time are known, and which are not.
@Suite struct ConditionTimestampTests {
    static let oddTimestamps: [String] = [
        "2023-01-01t00:00:00Z", "2023-01-01T00:00:00z", "2023-01-01T00:00:60Z", "2023-01-01T24:00:00Z",
        "2023-01-01T00:60:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2023-04-31T00:00:00Z",
        "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-01-00T00:00:00Z", "2023-01-01T00:00:00,5Z",
        "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00.1234567890Z", "2023-01-01T00:00:00", "2023-01-01T00:00Z",
        "2023-01-01 00:00:00Z", " 2023-01-01T00:00:00Z", "2023-01-01T00:00:00Z ", "2023-01-01T00:00:00Z\t",
        "+2023-01-01T00:00:00Z", "-2023-01-01T00:00:00Z", "02023-01-01T00:00:00Z", "23-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2023-1-1T00:00:00Z", "20230101T000000Z", "2023-01-01",
        "infinite-past", "infinite-future", "", "Z", "2023-01-01T00:00:00+00:00", "2023-01-01T00:00:00-00:00",
        "2023-01-01T00:00:00-23:59", "2023-01-01T00:00:00ZZ", "2023-W01-1T00:00:00Z", "2023-001T00:00:00Z",
        "\u{FF12}\u{FF10}23-01-01T00:00:00Z", "2023\u{2010}01-01T00:00:00Z", "1672531200", "2023-01-01T00:00:00.5 Z",
    ]

    @Test(arguments: oddTimestamps)
    func `a timestamp that engines read differently is unknown`(_ text: String) {
        for expression in [
            "request.time < timestamp('\(text)')", "request.time < timestamp(\"\(text)\")",
            "timestamp('\(text)') > request.time", "request.time == timestamp('\(text)')",
            "!(request.time >= timestamp('\(text)'))",
        ] {
            #expect(!Sample.isDead(expression))
            #expect(Sample.notUnderstood(expression) == nil)
        }
    }

    /// All say 2023-01-01T00:00:00Z to some engine, or 2030 to another.
    static let oddLiterals: [String] = [
        #""20\x323-01-01T00:00:00Z""#, #""20\x330-01-01T00:00:00Z""#, #""20\0623-01-01T00:00:00Z""#,
        #""20\u00323-01-01T00:00:00Z""#, #""20\U000000323-01-01T00:00:00Z""#, #"r"2023-01-01T00:00:00Z""#,
        #"R'2023-01-01T00:00:00Z'"#, #"'''2023-01-01T00:00:00Z'''"#, #""""2023-01-01T00:00:00Z""""#,
        #"r'''2023-01-01T00:00:00Z'''"#, #""2023\-01-01T00:00:00Z""#, #"b"2023-01-01T00:00:00Z""#,
        #""2023-01-01T00:00:00Z" + """#,
    ]

    @Test(arguments: oddLiterals)
    func `a timestamp that is no plain literal is unknown`(_ literal: String) {
        #expect(!Sample.isDead("request.time < timestamp(\(literal))"))
    }

    @Test(arguments: ["", ".0", ".5", ".123", ".123456", ".12345678", ".123456789"], ["\"", "'"])
    func `the canonical shapes are dead whatever fraction and quotes they have`(_ fraction: String, quote: String) {
        let window =
            "request.time >= timestamp(\(quote)2024-06-01T10:00:00\(fraction)Z\(quote)) && "
            + "request.time < timestamp(\(quote)2024-06-01T11:00:00\(fraction)Z\(quote))"
        for expression in [window, "(\(window))", " ( ((\(window))) ) ", "((\(window))) && (resource.name == \"x\")"] {
            #expect(Sample.isDead(expression))
            #expect(!Sample.isDead(expression, at: Sample.instant("2024-06-01T10:59:59Z")))
            #expect(!Sample.isDead("!(\(expression))"))
            #expect(!Sample.isDead("\(expression) || resource.name == 'x'"))
        }
    }
}
