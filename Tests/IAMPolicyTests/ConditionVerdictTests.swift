import FoundationEssentials
import Testing
import Timestamps

@testable import IAMPolicy

/// Our half of `Tests/IAMPolicyTests/random-conditions`, which asks two CEL engines the same.
@Suite struct ConditionVerdictTests {
    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    /// Reads `CONDITION_FILE` (one JSON string per line) and writes `CONDITION_VERDICTS`: for each line what a binding
    /// with that condition is at `CONDITION_CUTOFF` with every title in scope, `expired` or `ending` with its death
    /// (seconds since 1970, nanoseconds), `never` or `kept`.
    @Test(.enabled(if: setting("CONDITION_FILE") != nil, "run by Tests/IAMPolicyTests/random-conditions"))
    func `verdicts for the checking script`() throws {
        let input = try #require(Self.setting("CONDITION_FILE"))
        let output = try #require(Self.setting("CONDITION_VERDICTS"))
        let first = try #require(Self.setting("CONDITION_CUTOFF"))
        let cutoff = try #require(Instant(first, spelling: .strict))
        let lines = try Data(contentsOf: URL(filePath: input)).split(separator: UInt8(ascii: "\n"))
        var verdicts = ""
        for line in lines {
            let expression = try JSONDecoder().decode(String.self, from: Data(line))
            let binding = try Sample.policy([Sample.binding(title: "temp", if: expression)]).bindings[0]
            let state = binding.state(at: cutoff, graceSeconds: 0, titles: .any)
            let death = state.period.map { "\($0.death.seconds) \($0.death.nanoseconds)" } ?? ""
            let verdict =
                switch state {
                case .expired: "expired \(death)"
                case .scheduled, .live, .withinGrace: "ending \(death)"
                case .neverGranted: "never"
                case .notInScope, .noEnd, .notUnderstood, .pam: "kept"
                }
            let isDead = Condition(expression: Array(expression.utf8)).isDead(from: cutoff)
            #expect(isDead == (verdict.hasPrefix("expired") || verdict == "never"), "\(expression)")
            verdicts += verdict + "\n"
        }
        try Data(verdicts.utf8).write(to: URL(filePath: output))
    }
}
