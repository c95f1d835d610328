internal import GoogleCloud

/// The contents of a credential file.
struct Credential: Sendable {
    let issuer: any TokenIssuer
    /// The kind and the account, for the log.
    let summary: String
    let quotaProject: ProjectID?

    /// The types that Google's tools write and this service does not support.
    private static let unsupported: Set<String> = ["external_account_authorized_user", "gdch_service_account"]

    /// Parses a file's content.
    init(_ bytes: [UInt8], _ network: TokenNetwork, _ files: CredentialFiles) throws(CredentialFault) {
        try self.init(CredentialFields(bytes), network, files, isSource: false)
    }

    private init(
        _ fields: CredentialFields,
        _ network: TokenNetwork,
        _ files: CredentialFiles,
        isSource: Bool
    ) throws(CredentialFault) {
        if let domain = try fields.optionalText("universe_domain"), domain != "googleapis.com" {
            throw fields.fault("universe_domain", "is not googleapis.com: other clouds are not supported")
        }
        quotaProject = try Self.quotaProject(fields)
        switch try fields.text("type") {
        case "service_account":
            let key = try ServiceAccountKey(fields, network)
            (issuer, summary) = (key, "service account \(key.account)")
        case "authorized_user":
            (issuer, summary) = (try AuthorizedUser(fields, network), "user credentials")
        case "impersonated_service_account" where !isSource:
            guard let impersonation = try Impersonation(fields, network) else {
                throw fields.fault("service_account_impersonation_url", "is missing")
            }
            let source = try Self(try fields.object("source_credentials"), network, files, isSource: true)
            issuer = ImpersonatedServiceAccount(
                impersonation: impersonation,
                source: ChargedIssuer(issuer: source.issuer, quotaProject: source.quotaProject)
            )
            summary = "service account \(impersonation.account), impersonated by \(source.summary)"
        case "impersonated_service_account":
            throw fields.fault("type", "is impersonated_service_account again: use delegates")
        case "external_account":
            let account = try ExternalAccount(fields, network, files)
            if let impersonation = try Impersonation(fields, network) {
                issuer = ImpersonatedServiceAccount(impersonation: impersonation, source: account)
                summary = "service account \(impersonation.account), impersonated by \(account.audience)"
            } else {
                (issuer, summary) = (account, "workload identity \(account.audience)")
            }
        case let type where Self.unsupported.contains(type):
            throw fields.fault("type", "is \(type), which is not supported")
        default:
            throw fields.fault(
                "type",
                "is none of service_account, authorized_user, impersonated_service_account and external_account"
            )
        }
    }

    private static func quotaProject(_ fields: CredentialFields) throws(CredentialFault) -> ProjectID? {
        guard let text = try fields.optionalText("quota_project_id") else { return nil }
        guard let project = ProjectID(text) else { throw fields.fault("quota_project_id", "is not a project ID") }
        return project
    }
}

/// Issues tokens that charge another project's quota.
struct ChargedIssuer: TokenIssuer {
    let issuer: any TokenIssuer
    let quotaProject: ProjectID?

    func issue() async throws(AccessTokenError) -> IssuedToken {
        try await issuer.issue().charged(to: quotaProject)
    }
}

/// A credential file, reread for each token, since keys are replaced while the service runs.
struct CredentialFile: TokenIssuer {
    /// How the file was found, and its path.
    let place: String
    let path: String
    let network: TokenNetwork
    let files: CredentialFiles
    /// The project to charge, whatever the file says.
    let quotaProject: ProjectID?

    func read() throws(CredentialFault) -> Credential {
        switch files.read(path) {
        case .success(let bytes): try Credential(bytes, network, files)
        case .failure(let fault): throw CredentialFault(fault.text)
        }
    }

    func issue() async throws(AccessTokenError) -> IssuedToken {
        let credential: Credential
        do throws(CredentialFault) {
            credential = try read()
        } catch {
            throw .unavailable("\(place): \(error.text)")
        }
        let issued = try await credential.issuer.issue()
        return issued.charged(to: quotaProject ?? credential.quotaProject)
    }
}
