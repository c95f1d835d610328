internal import ArgumentParser

/// A time span on the command line: `90`, `90s`, `15m`, `2h`, `7d`.
struct SecondsArgument: ExpressibleByArgument, Equatable {
    /// The maximum span, in seconds: 400 days.
    static let maximum = 400 * 86_400

    let seconds: Int

    init(_ seconds: Int) {
        self.seconds = seconds
    }

    /// The default value as shown in the help.
    var defaultValueDescription: String { "\(seconds)s" }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let unit = argument.last.flatMap { units[$0] }
        let digits = unit == nil ? argument[...] : argument.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(digits), number <= Self.maximum
        else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow, seconds <= Self.maximum else { return nil }
        self.seconds = seconds
    }
}
