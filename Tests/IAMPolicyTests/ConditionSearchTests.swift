import IAMPolicy
import TestSupport
import Testing
import Timestamps

/// Random search for a condition that is called dead and yet comes true, or whose end is another than its death.
@Suite struct ConditionSearchTests {
    @Test(arguments: ConditionSearch.seeds)
    func `nothing that is called dead comes true at any instant for any resource`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var dead = 0
        for _ in 0..<ConditionSearch.perSeed {
            let expression = Self.expression(&random, isFull: true)
            let text = expression.text(random.oneIn(2) ? "\"" : "'")
            guard Sample.isDead(text) else { continue }
            dead += 1
            #expect(!ConditionSearch.isEverTrue(expression, from: Sample.now), "seed \(seed): \(text)")
        }
        // The search must have looked at something.
        #expect(dead > 0)
    }

    @Test(arguments: ConditionSearch.seeds)
    func `the decision is exact where each unknown occurs once`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed &+ 1000)
        var kept = 0
        for _ in 0..<ConditionSearch.perSeed {
            let expression = Self.expression(&random, isFull: false)
            let text = expression.text()
            let isDead = Sample.isDead(text)
            #expect(
                isDead == !ConditionSearch.isEverTrue(expression, from: Sample.now),
                "seed \(seed): \(text)"
            )
            if !isDead { kept += 1 }
        }
        #expect(kept > ConditionSearch.perSeed / 10)
    }

    @Test(arguments: ConditionSearch.seeds)
    func `what is dead is dead at every later cutoff, and what has an end is dead from its death on`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed &+ 2000)
        var (ended, endless) = (0, 0)
        for _ in 0..<ConditionSearch.perSeed {
            let expression = Self.expression(&random, isFull: true, depth: 3)
            let text = expression.text()
            let condition = Condition(expression: Array(text.utf8))
            let verdicts = ConditionSearch.probes.map { condition.isDead(from: $0) }
            #expect(verdicts == verdicts.filter { !$0 } + verdicts.filter { $0 }, "seed \(seed): \(text)")
            switch condition.end {
            case .at(let literal, let death):
                ended += 1
                #expect(verdicts == ConditionSearch.probes.map { $0 >= death }, "seed \(seed): \(text)")
                #expect(death == literal || death == literal.next, "seed \(seed): \(text)")
                #expect(expression.literals.contains(literal), "seed \(seed): \(text)")
            case .never: #expect(!verdicts.contains(false), "seed \(seed): \(text)")
            case .unknown where expression.literals.isEmpty:
                // What names no instant is the same at all of them.
                #expect(Set(verdicts).count == 1, "seed \(seed): \(text)")
            case .unknown:
                endless += 1
                #expect(!verdicts.contains(true), "seed \(seed): \(text)")
            }
        }
        #expect(ended > ConditionSearch.perSeed / 10)
        #expect(endless > ConditionSearch.perSeed / 10)
    }

    @Test(arguments: ConditionSearch.seeds)
    func `nothing comes true from its death on`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed &+ 3000)
        for _ in 0..<ConditionSearch.perSeed {
            let expression = Self.expression(&random, isFull: true)
            let text = expression.text()
            switch Sample.end(text) {
            case .at(_, let death):
                #expect(!ConditionSearch.isEverTrue(expression, from: death), "seed \(seed): \(text)")
            case .never: #expect(!ConditionSearch.isEverTrue(expression, from: .distantPast), "seed \(seed): \(text)")
            case .unknown: break
            }
        }
    }

    @Test(arguments: ConditionSearch.seeds)
    func `the end is exact where each unknown occurs once`(_ seed: UInt64) {
        var random = SplitMix64(seed: seed &+ 4000)
        var (atLiteral, behind) = (0, 0)
        for _ in 0..<(2 * ConditionSearch.perSeed) {
            let expression = Self.expression(&random, isFull: false, depth: 3)
            let text = expression.text()
            guard let literal = expression.literals.first else { continue }
            let expected: ConditionEnd
            switch ConditionSearch.lastTruth(of: expression) {
            case nil: expected = .never
            case literal:
                expected = .at(literal: literal, death: literal.next)
                behind += 1
            case let last? where last < literal:
                expected = .at(literal: literal, death: literal)
                atLiteral += 1
            default: expected = .unknown
            }
            #expect(Sample.end(text) == expected, "seed \(seed): \(text)")
        }
        #expect(atLiteral > 0)
        #expect(behind > 0)
    }

    private static func expression(_ random: inout SplitMix64, isFull: Bool, depth: Int = 4) -> ReferenceExpression {
        var grammar = ReferenceExpression.Grammar(instants: ConditionSearch.instants, isFull: isFull)
        return .random(&grammar, depth: depth, &random)
    }
}
