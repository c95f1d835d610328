import TestSupport
import Testing
import Timestamps

@Suite struct InstantTests {
    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00Z"), (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
        (1_709_251_199, 500_000_000, "2024-02-29T23:59:59.500Z"), (0, 1000, "1970-01-01T00:00:00.000001Z"),
        (0, 1, "1970-01-01T00:00:00.000000001Z"), (0, 1_000_000, "1970-01-01T00:00:00.001Z"),
        (-62_135_596_800, 0, "0001-01-01T00:00:00Z"), (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
    ])
    func `an instant is written with as many digits as it needs, in threes`(
        seconds: Int64,
        nanoseconds: Int32,
        text: String
    ) {
        #expect(Instant(seconds: seconds, nanoseconds: nanoseconds).description == text)
    }

    @Test func `what is written is read back all through the range`() {
        var random = SplitMix64(seed: 0x5EED)
        for _ in 0..<20_000 {
            let instant = Instant(
                seconds: .random(in: -62_135_596_800...253_402_300_799, using: &random),
                nanoseconds: .random(in: 0...999_999_999, using: &random)
            )
            #expect(Instant(instant.description, spelling: .strict) == instant)
        }
    }

    @Test func `adding stops at the ends of the range`() {
        let last = Instant(seconds: .max, nanoseconds: 999_999_999)
        let first = Instant(seconds: .min)
        #expect(Instant(seconds: .max - 1).adding(seconds: 1) == Instant(seconds: .max))
        #expect(Instant(seconds: .max).adding(seconds: 1) == last)
        #expect(
            Instant(seconds: .min + 1, nanoseconds: 7).adding(seconds: -1) == Instant(seconds: .min, nanoseconds: 7)
        )
        #expect(Instant(seconds: .min).adding(seconds: -1) == first)
        #expect(Instant(seconds: -5, nanoseconds: 3).adding(seconds: 7) == Instant(seconds: 2, nanoseconds: 3))
    }

    @Test func `the next instant is one nanosecond later, and the last one stays`() {
        #expect(Instant(seconds: 10).next == Instant(seconds: 10, nanoseconds: 1))
        #expect(Instant(seconds: 10, nanoseconds: 999_999_998).next == Instant(seconds: 10, nanoseconds: 999_999_999))
        #expect(Instant(seconds: 10, nanoseconds: 999_999_999).next == Instant(seconds: 11))
        #expect(Instant(seconds: -1, nanoseconds: 999_999_999).next == Instant(seconds: 0))
        #expect(Instant(seconds: .max).next == Instant(seconds: .max, nanoseconds: 1))
        let last = Instant(seconds: .max, nanoseconds: 999_999_999)
        #expect(last.next == last)
    }

    @Test func `nothing is earlier than the distant past`() {
        let first = Instant.distantPast
        #expect(first.adding(seconds: -1) == first)
        #expect(first == Instant(seconds: .min, nanoseconds: 0))
        #expect(first < first.next)
        #expect(Instant("0001-01-01T00:00:00Z", spelling: .strict).map { first < $0 } == true)
    }

    @Test func `the time between two instants is exact`() {
        let start = Instant(seconds: 10, nanoseconds: 900_000_000)
        #expect(start.duration(until: Instant(seconds: 12, nanoseconds: 100_000_000)) == .milliseconds(1200))
        #expect(start.duration(until: start) == .zero)
        #expect(start.duration(until: Instant(seconds: 10)) == .zero)
    }

    @Test func `the seconds until an instant are rounded up and never negative`() {
        let start = Instant(seconds: 10, nanoseconds: 500_000_000)
        #expect(start.wholeSeconds(until: start) == 0)
        #expect(start.wholeSeconds(until: Instant(seconds: 9)) == 0)
        #expect(start.wholeSeconds(until: Instant(seconds: 10, nanoseconds: 500_000_001)) == 1)
        #expect(start.wholeSeconds(until: Instant(seconds: 11)) == 1)
        #expect(start.wholeSeconds(until: Instant(seconds: 11, nanoseconds: 500_000_000)) == 1)
        #expect(start.wholeSeconds(until: Instant(seconds: 11, nanoseconds: 500_000_001)) == 2)
        #expect(Instant(seconds: .min).wholeSeconds(until: Instant(seconds: .max)) == .max)
        #expect(Instant(seconds: 0).wholeSeconds(until: Instant(seconds: .max, nanoseconds: 1)) == .max)
    }

    @Test func `instants are ordered by time`() {
        #expect(Instant(seconds: 1) < Instant(seconds: 1, nanoseconds: 1))
        #expect(Instant(seconds: 1, nanoseconds: 999_999_999) < Instant(seconds: 2))
        #expect(Instant(seconds: -1) < Instant(seconds: 0))
        #expect(!(Instant(seconds: 1) < Instant(seconds: 1)))
    }

    @Test func `the machine's clocks run`() async throws {
        let time = TimeSource.system
        #expect(Instant(seconds: 1_700_000_000) < time.now())
        let start = time.uptime()
        try await time.sleep(.milliseconds(2))
        #expect(time.uptime() - start >= .milliseconds(2))
    }

    @Test func `a cancelled task does not wait`() async {
        let task = Task { try await TimeSource.system.sleep(.seconds(600)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
