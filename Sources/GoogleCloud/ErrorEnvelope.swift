package import HTTPTransport
internal import LosslessJSON

/// The useful parts of a Google API's error response (https://google.aip.dev/193).
///
/// Front ends respond in HTML, or with nothing, so every part may be missing.
package struct ErrorEnvelope: Sendable {
    /// The longest message passed on, in bytes, and the most of its details.
    package static let maximumMessageBytes = 512
    static let maximumDetailBytes = 1024
    private static let rules = JSONRules(
        maximumDepth: 32,
        maximumBytes: 256 * 1024,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    /// The canonical code (`ABORTED`, `RESOURCE_EXHAUSTED`, …).
    let status: String?
    /// `google.rpc.ErrorInfo.reason`, or the reason in the older error format.
    package let reason: String?
    /// Whether the response comes from a Google API at all, rather than from a proxy or something else at its address.
    let isGoogle: Bool
    /// The permission that `google.rpc.ErrorInfo` names as missing.
    let permission: String?
    /// Google's message and its details, printable and bounded in length; the bare status code if there is none.
    package let message: String

    /// Parses an error response.
    ///
    /// - Parameters:
    ///   - response: The error response.
    ///   - secrets: What the request contained; a message that repeats one of them is dropped.
    package init(_ response: TransportResponse, hiding secrets: [String] = []) {
        let root = try? JSONDocument(response.body, rules: Self.rules).root
        let error = root?["error"]
        status = error?["status"]?.string
        isGoogle = error?.kind == .object
        let details = error?["details"]?.elements ?? []
        let info = details.first { $0["@type"]?.isString("type.googleapis.com/google.rpc.ErrorInfo") ?? false }
        reason = info?["reason"]?.string ?? error?["errors"]?.elements?.first?["reason"]?.string
        let whole = error?["message"]?.string ?? ""
        permission = info?["metadata"]?["permission"]?.string
        let more = details.map { Self.fields(of: $0).joined(separator: ", ") }.filter { !$0.isEmpty }
        // Checked before anything is cut: half a token is a secret, too.
        guard !secrets.contains(where: { secret in ([whole] + more).contains { $0.contains(secret) } }) else {
            message = "HTTP \(response.status)"
            return
        }
        let text = whole.printable(bytes: Self.maximumMessageBytes)
        let said = text.isEmpty ? "HTTP \(response.status) without a readable error" : text
        guard !more.isEmpty else {
            message = said
            return
        }
        message = "\(said) [\(more.joined(separator: "; ").printable(bytes: Self.maximumDetailBytes))]"
    }

    /// Every text in a detail, with its path: `violations.type CALLER, violations.subject …`.
    ///
    /// The fields differ from detail to detail (https://google.aip.dev/193, google/rpc/error_details.proto,
    /// `ProjectIamPolicyError` of Resource Manager), and an operator needs all of it.
    private static func fields(of value: JSONValue, _ path: String = "") -> [String] {
        if let text = value.string { return ["\(path) \(text)"] }
        if let elements = value.elements { return elements.flatMap { fields(of: $0, path) } }
        return (value.members ?? []).flatMap { name, member -> [String] in
            let name = name.string ?? ""
            return name == "@type" ? [] : fields(of: member, path.isEmpty ? name : "\(path).\(name)")
        }
    }
}
