import Testing
import Timestamps

@Suite struct ParsingTests {
    @Test(arguments: [
        "", "Z", "2024-01-02", "2024-01-02T03:04:05", "2024-01-02T03:04:05z", "2024-01-02t03:04:05Z",
        "2024-01-02 03:04:05Z", "2024-1-2T03:04:05Z", "24-01-02T03:04:05Z", "02024-01-02T03:04:05Z",
        "+2024-01-02T03:04:05Z", "-2024-01-02T03:04:05Z", "20240102T030405Z", "2024-01-02T3:04:05Z",
        "2024-01-02T03:04:5Z", "2024-01-02T03:04:05.Z", "2024-01-02T03:04:05,5Z", "2024-01-02T03:04:05.1234567890Z",
        "2024-01-02T03:04:05.-1Z", "2024-01-02T03:04:05ZZ", "2024-01-02T03:04:05Z ", " 2024-01-02T03:04:05Z",
        "2024-01-02T03:04:05Z\0", "2024-01-02T03:04:05+0000", "2024-01-02T03:04:05+00", "2024-01-02T03:04:05+0:00",
        "2024-01-02T03:04:05+00:0", "2024-01-02T03:04:05+00:00Z", "2024-01-02T03:04:05+19:00",
        "2024-01-02T03:04:05+01:60", "2024-01-02T03:04:05[UTC]", "2024-W01-2T03:04:05Z", "٢٠٢٤-01-02T03:04:05Z",
        "2024-01-02T03:04:05.１Z", "2024-01-02T03:04:05\u{2212}01:00", "2024-01-02T03Z", "2024-01-02T03:04.5Z",
        "2024-01-02T03:04:Z",
    ])
    func `a text that is spelled otherwise is refused in either spelling`(text: String) {
        #expect(Instant(text, spelling: .strict) == nil)
        #expect(Instant(text, spelling: .javaTime) == nil)
    }

    @Test(arguments: [
        "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-02-30T00:00:00Z",
        "2024-04-31T00:00:00Z", "2024-06-31T00:00:00Z", "2024-09-31T00:00:00Z", "2024-11-31T00:00:00Z",
        "2024-01-32T00:00:00Z", "2024-01-00T00:00:00Z", "2024-00-01T00:00:00Z", "2024-13-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
        "2016-12-31T23:59:60Z", "2024-01-01T99:00:00Z",
    ])
    func `a date or time of day that does not exist is refused`(text: String) {
        #expect(Instant(text, spelling: .strict) == nil)
        #expect(Instant(text, spelling: .javaTime) == nil)
    }

    @Test(arguments: [
        "2024-01-02T03:04Z", "2024-01-02T03:04:05+00:00", "2024-01-02T03:04:05-00:00", "2024-01-02T03:04+01:00",
    ])
    func `what java spells its own way is refused where the strict form is asked for`(text: String) {
        #expect(Instant(text, spelling: .strict) == nil)
        #expect(Instant(text, spelling: .javaTime) != nil)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999),
        ("2001-09-09T01:46:40Z", 1_000_000_000, 0), ("2024-02-29T23:59:59.5Z", 1_709_251_199, 500_000_000),
        ("2000-02-29T12:00:00.000000001Z", 951_825_600, 1), ("2038-01-19T03:14:08.120Z", 2_147_483_648, 120_000_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 0), ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
        ("2024-01-02T03:04:05.1Z", 1_704_164_645, 100_000_000),
        ("2024-01-02T03:04:05.12345678Z", 1_704_164_645, 123_456_780),
    ])
    func `the strict form is read exactly`(text: String, seconds: Int64, nanoseconds: Int32) {
        let expected = Instant(seconds: seconds, nanoseconds: nanoseconds)
        #expect(Instant(text, spelling: .strict) == expected)
        #expect(Instant(text, spelling: .javaTime) == expected)
    }

    @Test(arguments: [
        ("2024-01-02T03:04Z", "2024-01-02T03:04:00Z"), ("2024-01-02T03:04:05+00:00", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05.5+05:30", "2024-01-01T21:34:05.5Z"), ("2024-01-02T03:04-08:00", "2024-01-02T11:04:00Z"),
        ("2024-03-01T00:00:00+18:59", "2024-02-29T05:01:00Z"), ("2023-12-31T23:59:59-00:01", "2024-01-01T00:00:59Z"),
    ])
    func `an offset moves the instant and the text's own fraction stays`(text: String, strict: String) {
        #expect(Instant(text, spelling: .javaTime) == Instant(strict, spelling: .strict))
        #expect(Instant(strict, spelling: .strict) != nil)
    }

    @Test(arguments: 1...9)
    func `a fraction of each length is read`(digits: Int) {
        let fraction = String("123456789".prefix(digits))
        let padded = Int32(fraction + String(repeating: "0", count: 9 - digits))
        #expect(Instant("2024-01-02T03:04:05.\(fraction)Z", spelling: .strict)?.nanoseconds == padded)
    }
}
