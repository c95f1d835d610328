import FoundationEssentials
import LosslessJSON
import Testing
import Timestamps

/// One condition of `Vectors/iam_conditions.json`.
struct ConditionVector: CustomTestStringConvertible, Sendable {
    let id: String
    let verdict: String
    let expression: String

    var testDescription: String { id }

    static let all: [ConditionVector] =
        document["cases"]?.elements?.compactMap { value in
            guard let id = value["id"]?.string, let verdict = value["verdict"]?.string,
                let expression = value["expression"]?.string
            else { return nil }
            return ConditionVector(id: id, verdict: verdict, expression: expression)
        } ?? []

    /// The instant at which the verdicts hold.
    static let now = document["now"]?.string.flatMap { Instant($0, spelling: .strict) }

    static func named(_ verdict: String) -> [ConditionVector] { all.filter { $0.verdict == verdict } }

    private static let document: JSONValue = {
        let path = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let data = (try? Data(contentsOf: URL(filePath: "/\(path)/Vectors/iam_conditions.json"))) ?? Data("{}".utf8)
        let rules = JSONRules(maximumDepth: 8, maximumBytes: 1 << 20, allowsNUL: true)
        let document = (try? JSONDocument(Array(data), rules: rules)) ?? empty
        return document.root
    }()

    private static var empty: JSONDocument {
        // Only reached when the vector file cannot be read, which the count of vectors then shows.
        guard let document = try? JSONDocument(Array("{}".utf8), rules: JSONRules(maximumDepth: 1, maximumBytes: 2))
        else { preconditionFailure("the empty object is JSON") }
        return document
    }
}
