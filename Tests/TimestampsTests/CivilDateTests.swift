import Testing

@testable import Timestamps

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
    @Test func `all days of a whole cycle of the calendar follow one another`() {
        var (year, month, day) = (1970, 1, 1)
        var mistakes = 0
        for days in Int64(0)..<Self.daysOfCycle {
            let date = CivilDate(daysSince1970: days)
            if date != CivilDate(year: year, month: month, day: day) || date?.daysSince1970 != days { mistakes += 1 }
            day += 1
            if day > 28, CivilDate(year: year, month: month, day: day) == nil { (month, day) = (month + 1, 1) }
            if month == 13 { (year, month) = (year + 1, 1) }
        }
        #expect(mistakes == 0)
        #expect((year, month, day) == (2370, 1, 1))
    }

    /// With the test above this covers every day of the range: the calendar repeats after 400 years.
    @Test(arguments: -5...20) func `every cycle of the calendar is like every other`(cycle: Int) {
        var mistakes = 0
        // Every eleventh day, which is prime to the lengths of weeks, months, years and cycles.
        for days in stride(from: Int64(0), to: Self.daysOfCycle, by: 11) {
            guard let date = CivilDate(daysSince1970: days) else { continue }
            let year = date.year + 400 * cycle
            let moved = CivilDate(daysSince1970: days + Self.daysOfCycle * Int64(cycle))
            if moved != CivilDate(year: year, month: date.month, day: date.day) { mistakes += 1 }
            if let moved, moved.daysSince1970 != days + Self.daysOfCycle * Int64(cycle) { mistakes += 1 }
        }
        #expect(mistakes == 0)
    }

    private static let daysOfCycle: Int64 = 146_097

    @Test func `the range ends where the years do`() {
        #expect(CivilDate(daysSince1970: -719_162) == CivilDate(year: 1, month: 1, day: 1))
        #expect(CivilDate(daysSince1970: 2_932_896) == CivilDate(year: 9999, month: 12, day: 31))
    }

    @Test func `leap years follow the Gregorian rule`() {
        for year in 1...9999 {
            let isLeap = CivilDate(year: year, month: 2, day: 29) != nil
            #expect(isLeap == (year.isMultiple(of: 400) || year.isMultiple(of: 4) && !year.isMultiple(of: 100)))
        }
    }
}
