import FoundationEssentials
import Timestamps

/// Where the random searches look: instants, resources, and how many expressions.
enum ConditionSearch {
    /// `SEARCH_SEEDS=10000 swift test --filter ConditionSearchTests` searches longer.
    static let seeds: [UInt64] = Array(
        1...max(1, ProcessInfo.processInfo.environment["SEARCH_SEEDS"].flatMap { UInt64($0) } ?? 10)
    )
    static let perSeed = 100

    /// The literals of random expressions: around the cutoff, near and far, and one tick apart.
    static let instants: [Instant] = [-86_400, -1, 0, 1, 86_400].flatMap { (offset: Int64) -> [Instant] in
        let base = Sample.now.adding(seconds: offset)
        return [base, base.next]
    }

    /// Every instant at which an expression of these literals can change, in between, and far before and behind;
    /// ascending.
    static let probes: [Instant] = {
        let near = instants.flatMap { literal in
            [literal.next, literal, Instant(seconds: literal.seconds - 1, nanoseconds: 999_999_999)]
        }
        let far = [-900_000, 900_000].map { Sample.now.adding(seconds: $0) }
        return Set(near + far + [.distantPast, Instant(seconds: .max, nanoseconds: 999_999_999)]).sorted()
    }()

    private static let values: [ReferenceExpression.Value] = [.boolean(true), .boolean(false), .error, .integer(1)]

    private static let resources: [[ReferenceExpression.Value]] = values.flatMap { first in
        values.flatMap { second in values.map { [first, second, $0] } }
    }

    /// The last probe at which the expression is true for any resource; nil if it never is.
    static func lastTruth(of expression: ReferenceExpression) -> Instant? {
        probes.last { time in resources.contains { expression.value(at: time, $0) == .boolean(true) } }
    }

    /// Whether the expression is true for any resource at any probe from the cutoff on.
    static func isEverTrue(_ expression: ReferenceExpression, from cutoff: Instant) -> Bool {
        lastTruth(of: expression).map { $0 >= cutoff } ?? false
    }
}
