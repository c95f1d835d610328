package import HTTPTransport
package import Timestamps

/// Access tokens of the machine's own service account, from the metadata server.
///
/// A token is kept until less than ``refreshMargin`` of its life remains, and fetched once however many ask at the same
/// time. While the server fails, the old token does until ``lastMargin`` before its end.
package actor MetadataTokenSource: AccessTokenSource {
    /// The remaining life at which a new token is fetched: the server hands out the old one until 4 or 5 minutes
    /// remain, and google-auth for Python refreshes at this mark.
    package static let refreshMargin: Duration = .seconds(225)
    /// The remaining life below which a token is not used any more.
    package static let lastMargin: Duration = .seconds(10)
    /// The least time between two fetches while the old token still does.
    package static let refreshInterval: Duration = .seconds(10)

    private let server: MetadataServer
    private let time: TimeSource
    private var cached: (token: AccessToken, end: Duration)?
    /// The fetch that is under way; all who come meanwhile wait for it.
    private var fetch: Task<Result<AccessToken, AccessTokenError>, Never>?
    private var lastFetch: Duration?

    /// A source.
    ///
    /// - Parameters:
    ///   - baseURL: `http://` and the host, which `GCE_METADATA_HOST` may give.
    ///   - transport: The network.
    ///   - time: The clocks.
    package init(
        baseURL: String = "http://metadata.google.internal",
        transport: any Transport,
        time: TimeSource = .system
    ) {
        server = MetadataServer(baseURL: baseURL, transport: transport, time: time)
        self.time = time
    }

    /// A token that is good for at least ``lastMargin``.
    ///
    /// A first token can take 3 tries of at most 5 s each and 3 s between them.
    package func token() async throws(AccessTokenError) -> AccessToken {
        if let token = tokenWithoutFetch() { return token }
        let task = fetch ?? beginFetch()
        switch await task.value {
        case .success(let token): return token
        case .failure(let error):
            if let cached, remaining(cached.end) > Self.lastMargin { return cached.token }
            throw error
        }
    }

    /// Forgets the token if it is still the one that is kept.
    package func invalidate(_ token: AccessToken) {
        if cached?.token == token { cached = nil }
    }

    /// The project that the machine belongs to.
    package nonisolated func projectID() async throws(AccessTokenError) -> ProjectID {
        try await server.projectID()
    }

    private func tokenWithoutFetch() -> AccessToken? {
        guard let cached else { return nil }
        let remaining = remaining(cached.end)
        if remaining >= Self.refreshMargin { return cached.token }
        // Near its end: fetch, but not for every request when the server fails or has nothing newer.
        if remaining > Self.lastMargin, let lastFetch, time.uptime() < lastFetch + Self.refreshInterval {
            return cached.token
        }
        return nil
    }

    /// A task of its own, so that the one who began it can be cancelled without harm to those who wait with it.
    private func beginFetch() -> Task<Result<AccessToken, AccessTokenError>, Never> {
        let task = Task { await self.fetchToken() }
        fetch = task
        return task
    }

    private func fetchToken() async -> Result<AccessToken, AccessTokenError> {
        // The lifetime is counted from before the request, so never too long.
        let start = time.uptime()
        defer {
            fetch = nil
            lastFetch = time.uptime()
        }
        do throws(AccessTokenError) {
            let (token, lifetime) = try await server.token()
            cached = (token, start + lifetime)
            return .success(token)
        } catch {
            return .failure(error)
        }
    }

    private func remaining(_ end: Duration) -> Duration {
        end - time.uptime()
    }
}
