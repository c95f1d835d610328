extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with 0, 3, 6 or 9 fraction digits; outside the years 1 to 9999 just the seconds since 1970.
    package var description: String {
        guard let (date, secondOfDay) = civil else { return "\(seconds)s since 1970" }
        // Every log line has one or two: digits go into one buffer, without a string per part.
        var text: [UInt8] = []
        text.reserveCapacity(30)
        text.append(date.year, digits: 4)
        text.append(UInt8(ascii: "-"))
        text.append(date.month, digits: 2)
        text.append(UInt8(ascii: "-"))
        text.append(date.day, digits: 2)
        text.append(UInt8(ascii: "T"))
        text.appendTime(secondOfDay)
        if nanoseconds != 0 {
            text.append(UInt8(ascii: "."))
            switch Int(nanoseconds) {
            case let fraction where fraction % 1_000_000 == 0: text.append(fraction / 1_000_000, digits: 3)
            case let fraction where fraction % 1000 == 0: text.append(fraction / 1000, digits: 6)
            case let fraction: text.append(fraction, digits: 9)
            }
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The instant as an HTTP date (RFC 9110, section 5.6.7); nil outside the years 1 to 9999.
    package var httpDate: String? {
        guard let (date, secondOfDay) = civil else { return nil }
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let weekday = weekdays[Int(((date.daysSince1970 % 7) + 7) % 7)]
        var text = Array("\(weekday), ".utf8)
        text.append(date.day, digits: 2)
        text.append(contentsOf: " \(Self.monthNames[date.month - 1]) ".utf8)
        text.append(date.year, digits: 4)
        text.append(UInt8(ascii: " "))
        text.appendTime(secondOfDay)
        text.append(contentsOf: " GMT".utf8)
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
    /// Appends a number of at most this many digits, zero-padded.
    fileprivate mutating func append(_ number: Int, digits: Int) {
        if digits > 1 { append(number / 10, digits: digits - 1) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    fileprivate mutating func appendTime(_ secondOfDay: Int) {
        append(secondOfDay / 3600, digits: 2)
        append(UInt8(ascii: ":"))
        append(secondOfDay / 60 % 60, digits: 2)
        append(UInt8(ascii: ":"))
        append(secondOfDay % 60, digits: 2)
    }
}
