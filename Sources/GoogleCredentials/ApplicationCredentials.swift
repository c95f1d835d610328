package import GoogleCloud
package import HTTPTransport
package import Timestamps

package struct FoundCredentials: Sendable {
    /// Issues the tokens (scope `cloud-platform`), and caches each until shortly before it expires.
    package let source: any AccessTokenSource
    /// Where they were found and whose they are, for the log: `GOOGLE_APPLICATION_CREDENTIALS (service account
    /// sweeper@p.iam.gserviceaccount.com)`.
    package let description: String
}

/// Finds credentials where Google's own tools find them
/// (https://docs.cloud.google.com/docs/authentication/application-default-credentials).
///
/// In this order; the first place with credentials decides, and a fault there ends the search:
/// 1. `GOOGLE_OAUTH_ACCESS_TOKEN`,
/// 2. the file that `GOOGLE_APPLICATION_CREDENTIALS` names,
/// 3. gcloud's file in `CLOUDSDK_CONFIG`, or else in `HOME`,
/// 4. the metadata server.
package enum ApplicationCredentials {
    /// Searches all places; probes the metadata server, if it gets that far, for at most 3 s.
    ///
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - metadataHost: The metadata server's host, and port if it has one.
    ///   - files: Reads files.
    ///   - transport: The network; it must outlive the source.
    ///   - time: The clocks to use.
    /// - Returns: The credentials of the first place that has any.
    /// - Throws: ``CredentialsError`` naming every place.
    package static func find(
        environment: [String: String],
        metadataHost: String = "metadata.google.internal",
        files: CredentialFiles = .system,
        transport: any Transport,
        time: TimeSource = .system
    ) async throws(CredentialsError) -> FoundCredentials {
        var search = CredentialSearch(
            CredentialVariables(environment: environment),
            TokenNetwork(transport: transport, time: time),
            files
        )
        if let found = try search.lookAround() { return found }
        return try await search.askMetadataServer(metadataHost)
    }

    /// Searches this machine only, without any network call: for a service that must start listening soon.
    ///
    /// - Parameters:
    ///   - variables: The environment variables.
    ///   - metadataHost: The metadata server's host, and port if it has one; assumed to exist.
    ///   - files: Reads files.
    ///   - transport: The network; it must outlive the source.
    ///   - time: The clocks to use.
    /// - Returns: The credentials found, or else the metadata server's.
    /// - Throws: ``CredentialsError`` if the credentials found are unusable.
    package static func configured(
        _ variables: CredentialVariables,
        metadataHost: String = "metadata.google.internal",
        files: CredentialFiles = .system,
        transport: any Transport,
        time: TimeSource = .system
    ) throws(CredentialsError) -> FoundCredentials {
        var search = CredentialSearch(variables, TokenNetwork(transport: transport, time: time), files)
        if let found = try search.lookAround() { return found }
        return try search.trustMetadataServer(metadataHost)
    }
}
