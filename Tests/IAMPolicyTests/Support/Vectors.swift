import IAMPolicy
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// One condition of `Vectors/iam_conditions.json`.
struct ConditionVector: CustomTestStringConvertible, Sendable {
    let id: String
    let verdict: String
    let expression: String

    var testDescription: String { id }

    static let all: [ConditionVector] =
        document?["cases"]?.elements?.compactMap { value in
            guard let id = value["id"]?.string, let verdict = value["verdict"]?.string,
                let expression = value["expression"]?.string
            else { return nil }
            return ConditionVector(id: id, verdict: verdict, expression: expression)
        } ?? []

    /// The instant at which the verdicts hold.
    static let now = document?["now"]?.string.flatMap { Instant($0, spelling: .strict) }

    static func named(_ verdict: String) -> [ConditionVector] { all.filter { $0.verdict == verdict } }

    /// Without it the count of the vectors is wrong.
    private static let document = try? Repository.json("Tests/IAMPolicyTests/Vectors/iam_conditions.json")
}

/// One condition of `Vectors/temporary_grants.json`, which `random-conditions` lets two CEL engines judge as well.
struct TemporaryGrant: CustomTestStringConvertible, Sendable {
    let expression: String
    /// When it ends; nil if no end can be proven.
    let period: GrantPeriod?

    var testDescription: String { expression }

    /// What writers of temporary grants use, with a beginning or without.
    static let forms = cases("forms")
    /// What tempts a reader to see another end.
    static let traps = cases("traps")

    private static func cases(_ name: String) -> [TemporaryGrant] {
        let document = try? Repository.json("Tests/IAMPolicyTests/Vectors/temporary_grants.json")
        return document?[name]?.elements?.compactMap { value in
            guard let expression = value["expression"]?.string, let end = value["end"] else { return nil }
            let period = end.string.map { Sample.period(nil, $0, death: value["death"]?.string) }
            return TemporaryGrant(expression: expression, period: period)
        } ?? []
    }
}
