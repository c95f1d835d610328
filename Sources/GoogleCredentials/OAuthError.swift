internal import GoogleCloud
internal import HTTPTransport
internal import LosslessJSON

/// An error response of a token endpoint (RFC 6749, section 5.2; RFC 8693, section 2.2.2).
struct OAuthError: Sendable {
    private static let rules = JSONRules(
        maximumDepth: 32,
        maximumBytes: IssuedToken.maximumAnswerBytes,
        allowsDuplicateNames: true,
        allowsNUL: true
    )
    private static let maximumCodeBytes = 64

    /// `invalid_grant` and so on; empty if there is none.
    let code: String
    /// The error as text, printable and bounded in length.
    let text: String
    private let status: Int

    /// Parses an error response.
    ///
    /// - Parameters:
    ///   - response: The error response.
    ///   - secrets: What the request contained; a description that repeats one of them is dropped.
    init(_ response: TransportResponse, hiding secrets: [Secret]) {
        status = response.status
        let root = try? JSONDocument(response.body, rules: Self.rules).root
        func shown(_ text: String?, bytes: Int) -> String {
            guard let text, !secrets.contains(where: { text.contains($0.value) }) else { return "" }
            return text.printable(bytes: bytes)
        }
        code = shown(root?["error"]?.string, bytes: Self.maximumCodeBytes)
        if code.isEmpty {
            // Google's API front ends use their own error format.
            text = ErrorEnvelope(response, hiding: secrets.map(\.value)).message
        } else {
            let description = shown(
                root?["error_description"]?.string,
                bytes: ErrorEnvelope.maximumMessageBytes
            )
            text = description.isEmpty ? code : "\(code): \(description)"
        }
    }

    /// Unavailable if the error may be transient, otherwise a refusal with advice by error code.
    func fault(_ advice: (_ code: String) -> String?) -> AccessTokenError {
        switch (status, code) {
        case (408, _), (429, _), (500...599, _), (_, "server_error"), (_, "temporarily_unavailable"),
            (_, "internal_failure"):
            .unavailable(text)
        default: .refused(text + (advice(code).map { " (\($0))" } ?? ""))
        }
    }
}
