internal import GoogleCloud
internal import HTTPTransport
internal import Timestamps

/// One search, which records what it finds at each place.
struct CredentialSearch {
    private let variables: CredentialVariables
    private let network: TokenNetwork
    private let files: CredentialFiles
    private var findings: [CredentialsError.Finding] = []

    init(_ variables: CredentialVariables, _ network: TokenNetwork, _ files: CredentialFiles) {
        self.variables = variables
        self.network = network
        self.files = files
    }

    mutating func lookAround() throws(CredentialsError) -> FoundCredentials? {
        let quotaProject = try quotaProject()
        if let given = variables.accessToken {
            guard let token = AccessToken(given.value, quotaProject: quotaProject) else {
                throw failure(
                    CredentialVariables.accessTokenName,
                    "not an access token (at most \(AccessToken.maximumBytes) printable characters, no white space)"
                )
            }
            return FoundCredentials(
                source: FixedTokenSource(token),
                description: "\(CredentialVariables.accessTokenName) (a token that is not renewed)"
            )
        }
        note(CredentialVariables.accessTokenName, "not set")
        if let path = variables.file {
            return try found(CredentialVariables.fileName, path, quotaProject)
        }
        note(CredentialVariables.fileName, "not set")
        let gcloud = "gcloud's application default credentials"
        guard let path = variables.gcloudFile else {
            note(gcloud, "neither HOME nor CLOUDSDK_CONFIG is set")
            return nil
        }
        if case .failure(.missing) = files.read(path) {
            note("\(gcloud) (\(path))", CredentialFileFault.missing.text)
            return nil
        }
        return try found(gcloud, path, quotaProject)
    }

    mutating func askMetadataServer(_ host: String) async throws(CredentialsError) -> FoundCredentials {
        let quotaProject = try quotaProject()
        let server = server(host)
        let account: String
        do throws(AccessTokenError) {
            account = try await server.serviceAccount()
        } catch {
            throw failure("metadata server (\(host))", error.detail.withoutPrefix("metadata server: "))
        }
        return found(server, quotaProject, account: account)
    }

    func trustMetadataServer(_ host: String) throws(CredentialsError) -> FoundCredentials {
        found(server(host), try quotaProject(), account: nil)
    }

    private func server(_ host: String) -> MetadataServer {
        MetadataServer(baseURL: "http://\(host)", transport: network.transport, time: network.time)
    }

    private func found(_ server: MetadataServer, _ quotaProject: ProjectID?, account: String?) -> FoundCredentials {
        let source = CachedTokenSource(ChargedIssuer(issuer: server, quotaProject: quotaProject), time: network.time)
        return FoundCredentials(
            source: source,
            description: "metadata server" + (account.map { " (service account \($0))" } ?? "")
        )
    }

    private func found(
        _ place: String,
        _ path: String,
        _ quotaProject: ProjectID?
    ) throws(CredentialsError) -> FoundCredentials {
        let whole = "\(place) (\(path))"
        let file = CredentialFile(
            place: whole,
            path: path,
            network: network,
            files: files,
            quotaProject: quotaProject
        )
        do throws(CredentialFault) {
            let summary = try file.read().summary
            return FoundCredentials(
                source: CachedTokenSource(file, time: network.time),
                description: "\(place) (\(summary))"
            )
        } catch {
            throw failure(whole, error.text)
        }
    }

    private func quotaProject() throws(CredentialsError) -> ProjectID? {
        guard let text = variables.quotaProject else { return nil }
        guard let project = ProjectID(text) else {
            throw failure(CredentialVariables.quotaProjectName, "not a project ID")
        }
        return project
    }

    private mutating func note(_ place: String, _ what: String) {
        findings.append(CredentialsError.Finding(place: place, what: what))
    }

    private func failure(_ place: String, _ what: String) -> CredentialsError {
        CredentialsError(findings: findings + [CredentialsError.Finding(place: place, what: what)])
    }
}

extension String {
    fileprivate func withoutPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}
