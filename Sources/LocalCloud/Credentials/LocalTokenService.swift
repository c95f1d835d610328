internal import LosslessJSON
internal import Synchronization
internal import Timestamps

/// Google's token endpoints: OAuth (https://oauth2.googleapis.com/token), the Security Token Service
/// (https://sts.googleapis.com/v1/token) and `generateAccessToken` of IAM Service Account Credentials.
///
/// They know one service account with one key, one user, and one workload.
package final class LocalTokenService: Sendable {
    /// The client of gcloud's user credentials.
    package static let clientID = "local-client.apps.googleusercontent.com"
    package static let clientSecret = "GOCSPX-local-client-secret"

    private struct State {
        var key: SigningKey?
        var isKeyDeleted = false
        var refreshToken = "1//0local-refresh-token"
        var subjectToken = "local.subject.token"
    }

    private static let rules = JSONRules(maximumDepth: 8, maximumBytes: 64 * 1024)
    /// The longest assertion lifetime that Google accepts.
    private static let longestAssertionSeconds: Int64 = 3600

    private let options: LocalCloudOptions
    private let metadata: LocalMetadataServer
    private let state = Mutex(State())

    init(_ options: LocalCloudOptions, _ metadata: LocalMetadataServer) {
        self.options = options
        self.metadata = metadata
    }

    /// The refresh token currently in the user's file.
    package var refreshToken: String { state.withLock { $0.refreshToken } }

    /// The workload token currently accepted.
    package var subjectToken: String { state.withLock { $0.subjectToken } }

    /// The workload's provider.
    package var providerAudience: String {
        "//iam.googleapis.com/projects/\(options.projectNumber)/locations/global/workloadIdentityPools/local"
            + "/providers/local"
    }

    /// Revokes the user's consent: the refresh token already issued becomes invalid.
    package func revokeUser() { state.withLock { $0.refreshToken += "-new" } }

    package func deleteKey() { state.withLock { $0.isKeyDeleted = true } }

    package func setSubjectToken(_ token: String) { state.withLock { $0.subjectToken = token } }

    /// The service account's key, created on first use.
    func accountKey() throws(SigningError) -> SigningKey {
        if let key = state.withLock({ $0.key }) { return key }
        let fresh = try SigningKey.generate()
        return state.withLock { state in
            let key = state.key ?? fresh
            state.key = key
            return key
        }
    }

    /// The OAuth endpoint: assertions of the service account, and the user's refresh token.
    func grant(_ head: RequestHead, body: [UInt8]) -> LocalReply {
        let form = FormText.parse(body)
        switch form["grant_type"] {
        case "urn:ietf:params:oauth:grant-type:jwt-bearer":
            let audience = "http://\(head.header("host") ?? "")\(head.path)"
            if let fault = fault(inAssertion: form["assertion"] ?? "", audience: audience) {
                return Self.refuse("invalid_grant", fault)
            }
            return issue()
        case "refresh_token":
            guard form["client_id"] == Self.clientID, form["client_secret"] == Self.clientSecret else {
                return Self.refuse("invalid_client", "The OAuth client was not found.", status: 401)
            }
            guard form["refresh_token"] == refreshToken else {
                return Self.refuse("invalid_grant", "Token has been expired or revoked.")
            }
            return issue()
        default: return Self.refuse("unsupported_grant_type", "Invalid grant_type")
        }
    }

    /// The Security Token Service (RFC 8693).
    func exchange(body: [UInt8]) -> LocalReply {
        let form = FormText.parse(body)
        guard form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange",
            form["requested_token_type"] == "urn:ietf:params:oauth:token-type:access_token",
            form["subject_token_type"] == "urn:ietf:params:oauth:token-type:jwt", form["scope"]?.isEmpty == false
        else { return Self.refuse("invalid_request", "Invalid value in the request.") }
        guard form["audience"] == providerAudience else {
            return Self.refuse("invalid_target", "The target service indicated by the \"audience\" is invalid.")
        }
        guard form["subject_token"] == subjectToken else {
            return Self.refuse("invalid_grant", "Error connecting to the given credential's issuer.")
        }
        return issue([("issued_token_type", "urn:ietf:params:oauth:token-type:access_token")])
    }

    /// `generateAccessToken`; the caller's token was checked.
    func impersonate(_ account: String, body: [UInt8]) -> LocalReply {
        guard account == options.serviceAccount else {
            return GoogleError(
                status: 403,
                code: "PERMISSION_DENIED",
                message: "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
            ).reply
        }
        guard let root = try? JSONDocument(body, rules: Self.rules).root,
            root["scope"]?.elements?.isEmpty == false
        else { return GoogleError.invalidArgument("Scope required.").reply }
        let (token, seconds) = metadata.mint()
        let end = options.time.now().adding(seconds: seconds)
        let whole = Instant(seconds: end.seconds)
        return LocalReply(
            json: JSONText.object([("accessToken", .string(token)), ("expireTime", .string("\(whole)"))])
                .bytes(.indented)
        )
    }

    private func fault(inAssertion text: String, audience: String) -> String? {
        let (key, isDeleted) = state.withLock { ($0.key, $0.isKeyDeleted) }
        guard let assertion = SignedAssertion(text), let claims = assertion.claims, let key else {
            return "Invalid JWT."
        }
        guard claims["iss"]?.isString(options.serviceAccount) == true else {
            return "Invalid grant: account not found"
        }
        guard !isDeleted, assertion.isSigned(by: key) else { return "Invalid JWT Signature." }
        guard claims["aud"]?.isString(audience) == true, claims["scope"]?.string?.isEmpty == false else {
            return "Invalid JWT: Failed audience check."
        }
        let now = options.time.now().seconds
        guard let issued = claims["iat"]?.integer, let end = claims["exp"]?.integer, issued <= now, now < end,
            end - issued <= Self.longestAssertionSeconds
        else {
            return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                + "Check your iat and exp values in the JWT claim."
        }
        return nil
    }

    private func issue(_ more: [(name: String, value: JSONText)] = []) -> LocalReply {
        let (token, seconds) = metadata.mint()
        let fields: [(name: String, value: JSONText)] = [
            ("access_token", .string(token)), ("expires_in", .integer(seconds)), ("token_type", "Bearer"),
        ]
        return LocalReply(json: JSONText.object(fields + more).bytes(.indented))
    }

    private static func refuse(_ code: String, _ description: String, status: Int = 400) -> LocalReply {
        let body: JSONText = ["error": .string(code), "error_description": .string(description)]
        return LocalReply(json: body.bytes(.indented), status: status)
    }
}
