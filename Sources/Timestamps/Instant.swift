/// A point in time with nanosecond precision, exact (no floating point), on the UTC scale without leap seconds.
package struct Instant: Hashable, Comparable, Sendable {
    /// Whole seconds since 1970-01-01T00:00:00Z; negative before it.
    package let seconds: Int64
    /// Nanoseconds after ``seconds``, 0 to 999,999,999.
    package let nanoseconds: Int32

    /// Creates an instant; the nanoseconds must be in 0 to 999,999,999.
    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        precondition((0...999_999_999).contains(nanoseconds), "nanoseconds out of range")
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// This instant moved by whole seconds, clamped to the ends of the range.
    package func adding(seconds offset: Int64) -> Instant {
        let (sum, overflow) = seconds.addingReportingOverflow(offset)
        guard overflow else { return Instant(seconds: sum, nanoseconds: nanoseconds) }
        return offset > 0
            ? Instant(seconds: .max, nanoseconds: 999_999_999) : Instant(seconds: .min, nanoseconds: 0)
    }

    /// The earliest representable instant.
    package static let distantPast = Instant(seconds: .min)

    /// The instant one nanosecond later; the last representable one stays the same.
    package var next: Instant {
        guard nanoseconds == 999_999_999 else { return Instant(seconds: seconds, nanoseconds: nanoseconds + 1) }
        return seconds == .max ? self : Instant(seconds: seconds + 1)
    }

    /// The time from this instant until another, 0 if the other is not later.
    package func duration(until later: Instant) -> Duration {
        guard later > self else { return .zero }
        return .seconds(later.seconds) - .seconds(seconds)
            + .nanoseconds(Int64(later.nanoseconds) - Int64(nanoseconds))
    }

    /// The seconds from this instant until another, rounded up, 0 if the other is not later.
    package func wholeSeconds(until later: Instant) -> Int64 {
        guard later > self else { return 0 }
        let (difference, overflow) = later.seconds.subtractingReportingOverflow(seconds)
        guard !overflow, difference < .max else { return .max }
        return difference + (later.nanoseconds > nanoseconds ? 1 : 0)
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with 0, 3, 6 or 9 fraction digits; outside the years 1 to 9999 just the seconds since 1970.
    package var description: String {
        guard let (date, secondOfDay) = civil else { return "\(seconds)s since 1970" }
        // Every log line has one or two: digits go into one buffer, without a string per part.
        var text = Array("0000-00-00T00:00:00.000000000".utf8)
        text.set(date.year, digits: 4, at: 0)
        text.set(date.month, digits: 2, at: 5)
        text.set(date.day, digits: 2, at: 8)
        text.setTime(secondOfDay, at: 11)
        text.set(Int(nanoseconds), digits: 9, at: 20)
        text.removeLast(nanoseconds == 0 ? 10 : nanoseconds % 1_000_000 == 0 ? 6 : nanoseconds % 1000 == 0 ? 3 : 0)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The instant as an HTTP date (RFC 9110, section 5.6.7); nil outside the years 1 to 9999.
    package var httpDate: String? {
        guard let (date, secondOfDay) = civil else { return nil }
        var text = Array("Thu, 00 Jan 0000 00:00:00 GMT".utf8)
        let weekday = Int((date.daysSince1970 % 7 + 7) % 7)
        text.replaceSubrange(0..<3, with: ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][weekday].utf8)
        text.set(date.day, digits: 2, at: 5)
        text.replaceSubrange(8..<11, with: Self.monthNames[date.month - 1].utf8)
        text.set(date.year, digits: 4, at: 12)
        text.setTime(secondOfDay, at: 17)
        return String(decoding: text, as: UTF8.self)
    }

    private var civil: (date: CivilDate, secondOfDay: Int)? {
        // Rounded down; `(seconds - 86_399) / 86_400` would overflow at the end of the range.
        let day = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        guard let date = CivilDate(daysSince1970: day) else { return nil }
        return (date, Int(seconds - day * 86_400))
    }
}

extension [UInt8] {
    /// Writes a number of at most this many digits, zero-padded.
    fileprivate mutating func set(_ number: Int, digits: Int, at position: Int) {
        var rest = number
        for place in (position..<(position + digits)).reversed() {
            self[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    fileprivate mutating func setTime(_ secondOfDay: Int, at position: Int) {
        set(secondOfDay / 3600, digits: 2, at: position)
        set(secondOfDay / 60 % 60, digits: 2, at: position + 3)
        set(secondOfDay % 60, digits: 2, at: position + 6)
    }
}

/// A day of the proleptic Gregorian calendar.
struct CivilDate: Equatable, Sendable {
    let year: Int
    let month: Int
    let day: Int

    /// Creates a date in the years 1 to 9999; nil if it does not exist.
    init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month) else { return nil }
        guard (1...Self.days(inMonth: month, of: year)).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Creates the date this many days after 1970-01-01; nil outside the years 1 to 9999.
    init?(daysSince1970 days: Int64) {
        guard (-719_162...2_932_896).contains(days) else { return nil }
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        self.init(year: Int(year), month: Int(month), day: Int(day))
    }

    /// Days since 1970-01-01, negative before it.
    var daysSince1970: Int64 {
        // Howard Hinnant, days_from_civil.
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = shiftedYear >= 0 ? shiftedYear / 400 : (shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
