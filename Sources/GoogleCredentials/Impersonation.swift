internal import GoogleCloud
internal import HTTPTransport
internal import LosslessJSON
internal import Timestamps

/// Exchanges one identity's token for a service account's
/// (https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken).
struct Impersonation: Sendable {
    private static let rules = JSONRules(maximumDepth: 4, maximumBytes: IssuedToken.maximumAnswerBytes)

    let account: String
    private let url: String
    private let delegates: [String]
    private let lifetimeSeconds: Int64
    private let network: TokenNetwork

    /// Reads the file's fields; nil if it asks for no impersonation.
    init?(_ fields: CredentialFields, _ network: TokenNetwork) throws(CredentialFault) {
        guard let (url, account) = try GoogleEndpoint.impersonation(fields) else { return nil }
        self.url = url
        self.account = account
        self.network = network
        delegates = try fields.texts("delegates")
        let options = try fields.optionalObject("service_account_impersonation")
        lifetimeSeconds = try options?.optionalInteger("token_lifetime_seconds", in: 600...43_200) ?? 3600
    }

    func issue(with token: AccessToken) async throws(AccessTokenError) -> IssuedToken {
        let name = "service account \(account): \(GoogleEndpoint.name(of: url))"
        let request = TransportRequest(
            .post,
            url,
            headers: [("Content-Type", "application/json")] + token.headers,
            body: body,
            limits: TokenNetwork.limits
        )
        let response = try await network.call(name).send(request) { Self.fault($0, token) }
        guard let root = try? JSONDocument(response.body, rules: Self.rules).root,
            let text = root["accessToken"]?.string, let issued = AccessToken(text),
            let end = root["expireTime"]?.string.flatMap({ Instant($0, spelling: .javaTime) })
        else { throw .unavailable("\(name): not an access token") }
        // The expiry is by Google's clock, and so is the `Date`.
        let now = response.header("date").flatMap { Instant(httpDate: $0) } ?? network.time.now()
        return IssuedToken(issued, seconds: now.wholeSeconds(until: end))
    }

    private var body: [UInt8] {
        let fields: JSONText = [
            "delegates": .strings(delegates), "scope": [.string(GoogleEndpoint.scope)],
            "lifetime": .string("\(lifetimeSeconds)s"),
        ]
        return fields.bytes()
    }

    private static func fault(_ response: TransportResponse, _ token: AccessToken) -> AccessTokenError? {
        if response.status == 200 { return nil }
        let error = ErrorEnvelope(response, hiding: [token.value])
        let text = error.message
        switch (response.status, error.reason) {
        case (408, _), (429, _), (500...599, _), (403, "RATE_LIMIT_EXCEEDED"): return .unavailable(text)
        case (403, "SERVICE_DISABLED"):
            return .refused("\(text) (enable iamcredentials.googleapis.com)")
        case (403, _):
            return .refused("\(text) (is roles/iam.serviceAccountTokenCreator granted on it?)")
        default: return .refused(text)
        }
    }
}

/// `impersonated_service_account`: `gcloud auth application-default login --impersonate-service-account=…`.
struct ImpersonatedServiceAccount: TokenIssuer {
    let impersonation: Impersonation
    let source: any TokenIssuer

    func issue() async throws(AccessTokenError) -> IssuedToken {
        try await impersonation.issue(with: try await source.issue().token)
    }
}
