import FoundationEssentials
import Testing
import Timestamps

@testable import IAMPolicy

/// Our half of `Tests/IAMPolicyTests/random-conditions`, which asks two CEL engines the same.
@Suite struct ConditionVerdictTests {
    private static func setting(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    /// Reads `CONDITION_FILE` (one JSON string per line) and writes `CONDITION_VERDICTS` (`dead` or `kept` per line),
    /// with `CONDITION_CUTOFF` as the first instant that counts.
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
            let verdict = Condition(expression: Array(expression.utf8)).verdict(from: cutoff)
            verdicts += verdict == .dead ? "dead\n" : "kept\n"
        }
        try Data(verdicts.utf8).write(to: URL(filePath: output))
    }
}
