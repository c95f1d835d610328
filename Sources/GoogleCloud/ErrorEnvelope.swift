internal import HTTPTransport
internal import LosslessJSON

/// What can be learned from an error answer of a Google API (https://google.aip.dev/193).
///
/// Front ends answer in HTML, or not at all, so every part may be missing.
struct ErrorEnvelope: Sendable {
    /// The longest message that is passed on, in bytes.
    static let maximumMessageBytes = 512
    private static let rules = JSONRules(
        maximumDepth: 32,
        maximumBytes: 256 * 1024,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    /// The canonical code (`ABORTED`, `RESOURCE_EXHAUSTED`, …).
    let status: String?
    /// `google.rpc.ErrorInfo.reason`, or the reason of the older form of errors.
    let reason: String?
    /// Whether the answer is one of a Google API at all, rather than of something in front of it or in its place.
    let isGoogle: Bool
    /// Google's message, printable and of bounded length; the bare status code if there is none.
    let message: String

    /// Reads an error answer.
    init(_ response: TransportResponse) {
        let root = try? JSONDocument(response.body, rules: Self.rules).root
        let error = root?["error"]
        status = error?["status"]?.string
        isGoogle = error?.kind == .object
        let details = error?["details"]?.elements ?? []
        let info = details.first { $0["@type"]?.isString("type.googleapis.com/google.rpc.ErrorInfo") ?? false }
        reason = info?["reason"]?.string ?? error?["errors"]?.elements?.first?["reason"]?.string
        let text = error?["message"]?.string?.printable(bytes: Self.maximumMessageBytes) ?? ""
        message = text.isEmpty ? "HTTP \(response.status) without a readable error" : text
    }
}
