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
