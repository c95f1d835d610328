/// A small random number generator whose numbers are the same on every machine (Steele, Lea and Flood, 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The generator of a seed.
    package init(seed: UInt64) {
        state = seed
    }

    /// Any number.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A number from 0 on, below the limit.
    package mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// True once in so many times.
    package mutating func oneIn(_ count: Int) -> Bool { number(below: count) == 0 }

    /// A number of [0, 1).
    package mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }

    package mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + number(below: range.count)
    }

    /// One of the elements, of which there must be some.
    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(below: elements.count)] }

    /// A time from zero on, below the limit, in whole milliseconds.
    package mutating func time(below limit: Duration) -> Duration {
        .milliseconds(number(below: max(1, Int(limit / .milliseconds(1)))))
    }
}
