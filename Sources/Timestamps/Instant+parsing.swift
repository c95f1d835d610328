extension Instant {
    /// How lenient the timestamp format is.
    package enum Spelling: Sendable {
        /// `YYYY-MM-DDThh:mm:ss[.d{1,9}]Z` and nothing else: the one format that all CEL engines parse alike.
        case strict
        /// As strict, but the seconds may be missing, as `java.time.OffsetDateTime.toString()` leaves them out on a
        /// whole minute, and an offset `+hh:mm` or `-hh:mm` may stand for `Z`.
        case javaTime
    }

    /// Parses a timestamp (RFC 3339, section 5.6) of the years 1 to 9999; nil if it has another format, or names a date
    /// or time of day that does not exist (second 60 included).
    package init?(_ text: some StringProtocol, spelling: Spelling) {
        self.init(utf8: Array(text.utf8)[...], spelling: spelling)
    }

    /// Parses a timestamp given as UTF-8 bytes.
    package init?(utf8 text: ArraySlice<UInt8>, spelling: Spelling) {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.take("T"), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), let date = CivilDate(year: year, month: month, day: day),
            hour <= 23, minute <= 59
        else { return nil }
        var second = 0
        var nanoseconds: Int32 = 0
        if reader.take(":") {
            guard let digits = reader.digits(2), digits <= 59 else { return nil }
            second = digits
            if reader.take(".") {
                guard let fraction = reader.fraction() else { return nil }
                nanoseconds = fraction
            }
        } else if spelling == .strict {
            return nil
        }
        guard let offset = reader.zone(spelling), reader.isAtEnd else { return nil }
        let secondOfDay = Int64(hour * 3600 + minute * 60 + second)
        self.init(seconds: date.daysSince1970 * 86_400 + secondOfDay - offset, nanoseconds: nanoseconds)
    }

    /// Parses an HTTP date in its preferred form, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
    package init?(httpDate text: some StringProtocol) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
            let month = Self.monthNames.firstIndex(of: String(parts[2])), parts[1].utf8.count == 2,
            parts[3].utf8.count == 4, parts[4].utf8.count == 8
        else { return nil }
        let number = month + 1
        let padded = number < 10 ? "0\(number)" : "\(number)"
        self.init("\(parts[3])-\(padded)-\(parts[1])T\(parts[4])Z", spelling: .strict)
    }

    static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// Consumes fixed-width ASCII digits from the front of a text.
private struct DigitReader {
    private let text: ArraySlice<UInt8>
    private var cursor: Int

    init(_ text: ArraySlice<UInt8>) {
        self.text = text
        cursor = text.startIndex
    }

    var isAtEnd: Bool { cursor == text.endIndex }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard !isAtEnd, text[cursor] == UInt8(ascii: character) else { return false }
        cursor += 1
        return true
    }

    mutating func digit() -> Int? {
        guard !isAtEnd, text[cursor] >= UInt8(ascii: "0"), text[cursor] <= UInt8(ascii: "9") else { return nil }
        defer { cursor += 1 }
        return Int(text[cursor] - UInt8(ascii: "0"))
    }

    mutating func digits(_ count: Int) -> Int? {
        var result = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            result = result * 10 + digit
        }
        return result
    }

    /// 1 to 9 fraction digits, as nanoseconds.
    mutating func fraction() -> Int32? {
        guard var result = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            guard count < 9 else { return nil }
            result = result * 10 + digit
            count += 1
        }
        for _ in count..<9 { result *= 10 }
        return Int32(result)
    }

    /// The UTC offset, in seconds east of UTC.
    mutating func zone(_ spelling: Instant.Spelling) -> Int64? {
        if take("Z") { return 0 }
        guard spelling == .javaTime else { return nil }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), take(":"), let minutes = digits(2), hours <= 18, minutes <= 59 else { return nil }
        return sign * Int64(hours * 3600 + minutes * 60)
    }
}
