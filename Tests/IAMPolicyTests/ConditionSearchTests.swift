import FoundationEssentials
import IAMPolicy
import Testing
import Timestamps

/// Random search for a condition that is called dead and yet comes true.
@Suite struct ConditionSearchTests {
    /// `SEARCH_SEEDS=10000 swift test --filter ConditionSearchTests` searches longer.
    static let seeds: [UInt64] = Array(
        1...max(1, ProcessInfo.processInfo.environment["SEARCH_SEEDS"].flatMap { UInt64($0) } ?? 10)
    )
    private static let perSeed = 100

    /// Instants around the cutoff, near and far; those that are evaluated at lie on it or behind it.
    private static let instants: [Instant] = [-86_400, -1, 0, 1, 86_400].flatMap { (offset: Int64) -> [Instant] in
        let base = Sample.now.adding(seconds: offset)
        return [base, Instant(seconds: base.seconds, nanoseconds: 1)]
    }

    private static let times: [Instant] =
        instants.filter { $0 >= Sample.now }
        + [
            Instant(seconds: Sample.now.seconds, nanoseconds: 2), Sample.now.adding(seconds: 2),
            Sample.now.adding(seconds: 900_000),
        ]

    private static let values: [ReferenceExpression.Value] = [.boolean(true), .boolean(false), .error, .integer(1)]

    private static let resources: [[ReferenceExpression.Value]] = values.flatMap { first in
        values.flatMap { second in values.map { [first, second, $0] } }
    }

    private func isEverTrue(_ expression: ReferenceExpression) -> Bool {
        Self.times.contains { time in
            Self.resources.contains { expression.value(at: time, $0) == .boolean(true) }
        }
    }

    @Test(arguments: seeds)
    func `nothing that is called dead comes true at any instant for any resource`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var dead = 0
        for _ in 0..<Self.perSeed {
            var grammar = ReferenceExpression.Grammar(instants: Self.instants, isFull: true)
            let expression = ReferenceExpression.random(&grammar, depth: 4, &random)
            let text = expression.text(random.oneIn(2) ? "\"" : "'")
            guard Sample.isDead(text) else { continue }
            dead += 1
            #expect(!isEverTrue(expression), "seed \(seed): \(text)")
        }
        // The search must have looked at something.
        #expect(dead > 0)
    }

    @Test(arguments: seeds)
    func `the decision is exact where each unknown occurs once`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed &+ 1000)
        var kept = 0
        for _ in 0..<Self.perSeed {
            var grammar = ReferenceExpression.Grammar(instants: Self.instants, isFull: false)
            let expression = ReferenceExpression.random(&grammar, depth: 4, &random)
            let text = expression.text()
            let isDead = Sample.isDead(text)
            #expect(isDead == !isEverTrue(expression), "seed \(seed): \(text)")
            if !isDead { kept += 1 }
        }
        #expect(kept > Self.perSeed / 10)
    }

    @Test(arguments: seeds)
    func `what is dead is dead at every later cutoff`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed &+ 2000)
        for _ in 0..<Self.perSeed {
            var grammar = ReferenceExpression.Grammar(instants: Self.instants, isFull: true)
            let text = ReferenceExpression.random(&grammar, depth: 3, &random).text()
            let verdicts = Self.instants.sorted().map { Sample.isDead(text, at: $0) }
            #expect(verdicts == verdicts.filter { !$0 } + verdicts.filter { $0 }, "seed \(seed): \(text)")
        }
    }
}
