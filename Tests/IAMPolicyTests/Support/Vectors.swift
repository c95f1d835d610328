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
