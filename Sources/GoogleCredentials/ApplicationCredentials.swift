package import GoogleCloud
package import HTTPTransport
package import Timestamps

/// Credentials that were found.
package struct FoundCredentials: Sendable {
    /// Brings the tokens (scope `cloud-platform`), and keeps each until shortly before its end.
    package let source: any AccessTokenSource
    /// Where they were found and whose they are, for people:
    /// `GOOGLE_APPLICATION_CREDENTIALS (service account sweeper@p.iam.gserviceaccount.com)`.
    package let description: String
}

/// Finds credentials where Google's own tools find them
/// (https://docs.cloud.google.com/docs/authentication/application-default-credentials).
///
/// In this order; the first place that has any decides, and a fault there ends the search:
/// 1. `GOOGLE_OAUTH_ACCESS_TOKEN`,
/// 2. the file that `GOOGLE_APPLICATION_CREDENTIALS` names,
/// 3. gcloud's file in `CLOUDSDK_CONFIG`, or else in `HOME`,
/// 4. the metadata server.
package enum ApplicationCredentials {
    /// Looks at all places; asks the metadata server, if it comes to that, for 3 s at most whether it is there.
    ///
    /// - Parameters:
    ///   - environment: The environment variables.
    ///   - metadataHost: The metadata server's host, and port if it has one.
    ///   - files: Reads files.
    ///   - transport: The network; it must outlive the source.
    ///   - time: The clocks.
    /// - Returns: What the first place that has credentials gives.
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

    /// Looks at the places on this machine, without any call to anywhere: for a service that must listen soon.
    ///
    /// - Parameters:
    ///   - variables: The environment variables.
    ///   - metadataHost: The metadata server's host, and port if it has one; it is taken for granted.
    ///   - files: Reads files.
    ///   - transport: The network; it must outlive the source.
    ///   - time: The clocks.
    /// - Returns: What there is, or else the metadata server's.
    /// - Throws: ``CredentialsError`` if there are some that cannot be used.
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
