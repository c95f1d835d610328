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
    private var isFetching = false
    private var lastFetch: Duration?
    /// Those who wait for the fetch; taking one out is the permit to resume it.
    private var waiters: [Int: CheckedContinuation<Result<AccessToken, AccessTokenError>, Never>] = [:]
    private var lastWaiter = 0

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
    /// Waits only where there is none: near its end a token is renewed beside. A first one can take 3 tries of at most
    /// 5 s each and 3 s between them; a caller whose task is cancelled leaves, and the fetch goes on for the others.
    package func token() async throws(AccessTokenError) -> AccessToken {
        if let cached, remaining(cached.end) > Self.lastMargin {
            if remaining(cached.end) < Self.refreshMargin, mayRefresh { fetch() }
            return cached.token
        }
        guard !Task.isCancelled else { throw .unavailable("cancelled") }
        fetch()
        lastWaiter += 1
        let id = lastWaiter
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { waiters[id] = $0 }
        } onCancel: {
            Task { await self.leave(id) }
        }
        return try result.get()
    }

    /// Forgets the token if it is still the one that is kept.
    package func invalidate(_ token: AccessToken) {
        if cached?.token == token { cached = nil }
    }

    /// The project that the machine belongs to.
    package nonisolated func projectID() async throws(AccessTokenError) -> ProjectID {
        try await server.projectID()
    }

    /// Not for every request when the server fails, or has nothing newer.
    private var mayRefresh: Bool {
        guard let lastFetch else { return true }
        return time.uptime() >= lastFetch + Self.refreshInterval
    }

    /// Begins a fetch unless one is under way; a task of its own, since it serves all who wait and outlives each of them.
    private func fetch() {
        guard !isFetching else { return }
        isFetching = true
        Task { await self.fetchToken() }
    }

    private func fetchToken() async {
        // The lifetime is counted from before the request, so never too long.
        let start = time.uptime()
        lastFetch = start
        let result: Result<AccessToken, AccessTokenError>
        do throws(AccessTokenError) {
            let (token, lifetime) = try await server.token()
            cached = (token, start + lifetime)
            result = .success(token)
        } catch {
            result = .failure(error)
        }
        isFetching = false
        for id in waiters.keys.sorted() { waiters.removeValue(forKey: id)?.resume(returning: result) }
    }

    private func leave(_ id: Int) {
        waiters.removeValue(forKey: id)?.resume(returning: .failure(.unavailable("cancelled")))
    }

    private func remaining(_ end: Duration) -> Duration {
        end - time.uptime()
    }
}
