internal import GoogleCloud

/// `authorized_user`: what `gcloud auth application-default login` writes (RFC 6749, section 6).
struct AuthorizedUser: TokenIssuer {
    private let clientID: String
    private let clientSecret: Secret
    private let refreshToken: Secret
    private let endpoint: TokenEndpoint

    init(_ fields: CredentialFields, _ network: TokenNetwork) throws(CredentialFault) {
        clientID = try fields.text("client_id")
        clientSecret = Secret(try fields.text("client_secret"))
        refreshToken = Secret(try fields.text("refresh_token"))
        endpoint = TokenEndpoint(url: try GoogleEndpoint.token(fields), network: network)
    }

    func issue() async throws(AccessTokenError) -> IssuedToken {
        try await endpoint.token(
            [
                ("grant_type", "refresh_token"), ("client_id", clientID), ("client_secret", clientSecret.value),
                ("refresh_token", refreshToken.value),
            ],
            hiding: [clientSecret, refreshToken],
            for: "user credentials"
        ) { code in
            switch code {
            case "invalid_grant", "invalid_rapt": "expired or revoked: run gcloud auth application-default login"
            default: nil
            }
        }
    }
}
