internal import LosslessJSON

/// The kinds of credential files that Google's tools write, by the `type` in them.
package enum CredentialKind: String, CaseIterable, Sendable {
    case serviceAccount = "service_account"
    case user = "authorized_user"
    case impersonatedServiceAccount = "impersonated_service_account"
    case workloadIdentity = "external_account"
}

extension LocalCloud {
    /// A credential file that this cloud's token endpoints honour, as Google's tools would write it.
    ///
    /// - Parameters:
    ///   - kind: Which kind.
    ///   - subjectTokenFile: For ``CredentialKind/workloadIdentity``: the file that ``LocalTokenService/subjectToken``
    ///     will be in.
    /// - Returns: The file's content.
    /// - Throws: ``SigningError/openSSL(_:)``.
    package func credentialFile(
        _ kind: CredentialKind,
        subjectTokenFile: String = "subject-token"
    ) throws(SigningError) -> [UInt8] {
        try json(kind, subjectTokenFile).bytes(.indented) + [0x0A]
    }

    private func json(_ kind: CredentialKind, _ subjectTokenFile: String) throws(SigningError) -> JSONText {
        let impersonationURL =
            "\(baseURL)/v1/projects/-/serviceAccounts/\(options.serviceAccount):generateAccessToken"
        switch kind {
        case .serviceAccount:
            let key = try tokens.accountKey()
            return [
                "type": "service_account", "project_id": .string(options.projectID),
                "private_key_id": .string(key.keyID),
                "private_key": .string(String(decoding: key.privateKeyPEM, as: UTF8.self)),
                "client_email": .string(options.serviceAccount), "token_uri": .string("\(baseURL)/token"),
                "universe_domain": "googleapis.com",
            ]
        case .user:
            return [
                "account": "", "client_id": .string(LocalTokenService.clientID),
                "client_secret": .string(LocalTokenService.clientSecret),
                "refresh_token": .string(tokens.refreshToken), "token_uri": .string("\(baseURL)/token"),
                "type": "authorized_user", "universe_domain": "googleapis.com",
            ]
        case .impersonatedServiceAccount:
            return [
                "delegates": [], "service_account_impersonation_url": .string(impersonationURL),
                "source_credentials": try json(.user, subjectTokenFile), "type": "impersonated_service_account",
            ]
        case .workloadIdentity:
            return [
                "universe_domain": "googleapis.com", "type": "external_account",
                "audience": .string(tokens.providerAudience),
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": .string("\(baseURL)/v1/token"),
                "service_account_impersonation_url": .string(impersonationURL),
                "credential_source": ["file": .string(subjectTokenFile)],
            ]
        }
    }
}
