internal import TestSupport
internal import Timestamps

/// Writes down every token that a test lets the verifier judge, for other verifiers to judge as well.
///
/// The file is the one that `PUSH_TOKEN_CORPUS` names: one JSON object a line, texts in base64url.
enum TokenCorpus {
    private static let file = Corpus(namedBy: "PUSH_TOKEN_CORPUS")

    static func add(
        _ token: String,
        keySet: @autoclosure () -> [UInt8],
        now: Instant,
        audience: String,
        serviceAccounts: [String],
        verdict: String
    ) {
        guard let file else { return }
        let members: Members = [
            ("token", text(token)), ("keys", "\"\(TokenMint.base64URL(keySet()))\""), ("clock", "\(now.seconds)"),
            ("audience", text(audience)), ("emails", "[\(serviceAccounts.map(text).joined(separator: ","))]"),
            ("verdict", "\"\(verdict)\""),
        ]
        file.add(members.json)
    }

    private static func text(_ text: String) -> String {
        "\"\(TokenMint.base64URL(Array(text.utf8)))\""
    }
}
