extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with 0, 3, 6 or 9 fraction digits; outside the years 1 to 9999 the bare seconds since 1970.
    package var description: String {
        guard let (date, time) = civil else { return "\(seconds)s since 1970" }
        return "\(Self.padded(date.year, 4))-\(Self.padded(date.month))-\(Self.padded(date.day))T\(time)\(fraction)Z"
    }

    /// The instant as an HTTP date (RFC 9110, section 5.6.7); nil outside the years 1 to 9999.
    package var httpDate: String? {
        guard let (date, time) = civil else { return nil }
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let weekday = weekdays[Int(((date.daysSince1970 % 7) + 7) % 7)]
        let month = Self.monthNames[date.month - 1]
        return "\(weekday), \(Self.padded(date.day)) \(month) \(Self.padded(date.year, 4)) \(time) GMT"
    }

    private var civil: (date: CivilDate, time: String)? {
        // Rounded down; `(seconds - 86_399) / 86_400` would overflow at the end of the range.
        let day = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        guard let date = CivilDate(daysSince1970: day) else { return nil }
        let second = Int(seconds - day * 86_400)
        let parts = [second / 3600, second / 60 % 60, second % 60]
        return (date, parts.map { Self.padded($0) }.joined(separator: ":"))
    }

    private var fraction: String {
        if nanoseconds == 0 { return "" }
        if nanoseconds % 1_000_000 == 0 { return "." + Self.padded(Int(nanoseconds) / 1_000_000, 3) }
        if nanoseconds % 1000 == 0 { return "." + Self.padded(Int(nanoseconds) / 1000, 6) }
        return "." + Self.padded(Int(nanoseconds), 9)
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
