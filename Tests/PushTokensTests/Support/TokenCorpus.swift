internal import Synchronization
internal import Timestamps

#if canImport(Glibc)
    internal import Glibc
#endif

/// Writes down every token that a test lets the verifier judge, for other verifiers to judge as well.
///
/// The file is the one that `PUSH_TOKEN_CORPUS` names: one JSON object a line, texts in base64url.
final class TokenCorpus: Sendable {
    static let shared: TokenCorpus? = {
        // The environment does not change while the tests run; the text is copied at once.
        guard let path = unsafe getenv("PUSH_TOKEN_CORPUS") else { return nil }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        return file < 0 ? nil : TokenCorpus(file)
    }()

    private let file: Mutex<Int32>

    private init(_ file: Int32) {
        self.file = Mutex(file)
    }

    func add(
        _ token: String,
        keySet: [UInt8],
        now: Instant,
        audience: String,
        serviceAccounts: [String],
        verdict: String
    ) {
        let members: Members = [
            ("token", Self.text(token)), ("keys", "\"\(TokenMint.base64URL(keySet))\""), ("clock", "\(now.seconds)"),
            ("audience", Self.text(audience)), ("emails", "[\(serviceAccounts.map(Self.text).joined(separator: ","))]"),
            ("verdict", "\"\(verdict)\""),
        ]
        var rest = Array((members.json + "\n").utf8)[...]
        file.withLock { file in
            while !rest.isEmpty {
                // The pointer is used within the closure only.
                let written = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }

    private static func text(_ text: String) -> String {
        "\"\(TokenMint.base64URL(Array(text.utf8)))\""
    }
}
