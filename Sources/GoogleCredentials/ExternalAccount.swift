internal import GoogleCloud
internal import HTTPTransport

/// `external_account`: workload identity federation (RFC 8693; https://google.aip.dev/auth/4117).
struct ExternalAccount: TokenIssuer {
    let audience: String
    private let subjectTokenType: String
    private let subject: SubjectToken
    private let endpoint: TokenEndpoint

    init(_ fields: CredentialFields, _ network: TokenNetwork, _ files: CredentialFiles) throws(CredentialFault) {
        // For users who sign in through a workforce pool, which needs more than this and does not apply to a service.
        for name in ["workforce_pool_user_project", "client_id", "client_secret"] where fields.has(name) {
            throw fields.fault(name, "is not supported: workforce identity federation")
        }
        audience = try fields.text("audience")
        subjectTokenType = try fields.text("subject_token_type")
        subject = try SubjectToken(try fields.object("credential_source"), network, files)
        endpoint = TokenEndpoint(url: try GoogleEndpoint.exchange(fields), network: network)
    }

    func issue() async throws(AccessTokenError) -> IssuedToken {
        // Reread for each exchange, since the file is refreshed from outside.
        let subjectToken = try await subject.read()
        return try await endpoint.token(
            [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("audience", audience),
                ("scope", GoogleEndpoint.scope),
                ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ("subject_token", subjectToken.value), ("subject_token_type", subjectTokenType),
            ],
            hiding: [subjectToken],
            for: "workload identity"
        ) { code in
            switch code {
            case "invalid_grant": "does the subject token fit the provider, and is it still good?"
            case "invalid_target", "invalid_request": "is the audience that of an existing provider?"
            default: nil
            }
        }
    }
}
