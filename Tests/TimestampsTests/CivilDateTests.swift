import Testing
import Timestamps

@Suite struct CivilDateTests {
    @Test(arguments: [
        (2023, 2, 29), (1900, 2, 29), (2000, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0),
        (2024, 1, 32), (0, 1, 1), (-1, 1, 1), (10_000, 1, 1), (.max, 1, 1), (.min, 1, 1), (2024, .max, .min),
    ])
    func `a date that does not exist is refused`(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [-719_163, 2_932_897, Int64.min, Int64.max])
    func `a day outside the years 1 to 9999 is refused`(days: Int64) {
        #expect(CivilDate(daysSince1970: days) == nil)
    }

    /// Counts the calendar forward day by day, which is slower and plainer than what it checks.
    @Test func `all days of the years 1 to 9999 follow one another`() throws {
        var (year, month, day) = (1, 1, 1)
        var mistakes = 0
        for days in Int64(-719_162)...2_932_896 {
            let date = try #require(CivilDate(daysSince1970: days))
            if (date.year, date.month, date.day) != (year, month, day) || date.daysSince1970 != days { mistakes += 1 }
            day += 1
            if CivilDate(year: year, month: month, day: day) == nil { (month, day) = (month + 1, 1) }
            if month == 13 { (year, month) = (year + 1, 1) }
        }
        #expect(mistakes == 0)
        #expect((year, month, day) == (10_000, 1, 1))
    }

    @Test func `leap years follow the Gregorian rule`() {
        for year in 1...9999 {
            let isLeap = CivilDate(year: year, month: 2, day: 29) != nil
            #expect(isLeap == (year.isMultiple(of: 400) || year.isMultiple(of: 4) && !year.isMultiple(of: 100)))
        }
    }
}

/// Repeatable random numbers (Steele, Lea, Flood, "Fast splittable pseudorandom number generators").
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
