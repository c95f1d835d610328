package import HTTPTransport
package import Timestamps

/// Access tokens of the machine's own service account, from the metadata server.
///
/// The first token can take 3 attempts of at most 5 s each and 3 s between them; then it is cached
/// (``CachedTokenSource``).
package struct MetadataTokenSource: AccessTokenSource {
    private let server: MetadataServer
    private let cache: CachedTokenSource

    /// - Parameters:
    ///   - baseURL: `http://` and the host, which `GCE_METADATA_HOST` may give.
    ///   - transport: The transport to send requests with.
    ///   - time: The clocks to use.
    package init(
        baseURL: String = "http://metadata.google.internal",
        transport: any Transport,
        time: TimeSource = .system
    ) {
        server = MetadataServer(baseURL: baseURL, transport: transport, time: time)
        cache = CachedTokenSource(server, time: time)
    }

    package func token() async throws(AccessTokenError) -> AccessToken {
        try await cache.token()
    }

    package func invalidate(_ token: AccessToken) async {
        await cache.invalidate(token)
    }

    package func projectID() async throws(AccessTokenError) -> ProjectID {
        try await server.projectID()
    }
}
