import TestSupport
import Testing
import Timestamps

@Suite struct HTTPDateTests {
    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37", "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:60 GMT", " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37.5 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
    ])
    func `anything but the preferred form is refused`(text: String) {
        #expect(Instant(httpDate: text) == nil)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Wed, 31 Dec 1969 23:59:59 GMT", -1), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
        ("Mon, 01 Jan 0001 00:00:00 GMT", -62_135_596_800), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ])
    func `the preferred form is read and written`(text: String, seconds: Int64) {
        let instant = Instant(seconds: seconds)
        #expect(Instant(httpDate: text) == instant)
        #expect(instant.httpDate == text)
    }

    @Test(arguments: [-62_135_596_801, 253_402_300_800, Int64.min, Int64.max])
    func `there is no date outside the years 1 to 9999`(seconds: Int64) {
        #expect(Instant(seconds: seconds).httpDate == nil)
        #expect(Instant(seconds: seconds).description == "\(seconds)s since 1970")
    }

    @Test func `what is written is read back all through the range`() {
        var random = SplitMix64(seed: 0xC0FFEE)
        for _ in 0..<20_000 {
            let instant = Instant(seconds: .random(in: -62_135_596_800...253_402_300_799, using: &random))
            #expect(instant.httpDate.flatMap { Instant(httpDate: $0) } == instant)
        }
    }
}
