package import Timestamps

/// Caches an issuer's token.
///
/// A token is kept until less than ``refreshMargin`` of its life remains, and fetched once however many callers ask at
/// the same time. While the issuer fails, the old token is used until ``lastMargin`` before it expires.
package actor CachedTokenSource: AccessTokenSource {
    /// The remaining life at which a new token is fetched: the metadata server returns the old one until 4 or 5 minutes
    /// remain, and google-auth for Python refreshes at this mark.
    static let refreshMargin: Duration = .seconds(225)
    /// The remaining life below which a token is no longer used.
    static let lastMargin: Duration = .seconds(10)
    /// The shortest interval between two fetches while the old token is still usable.
    static let refreshInterval: Duration = .seconds(10)

    private let issuer: any TokenIssuer
    private let time: TimeSource
    private var cached: (token: AccessToken, end: Duration)?
    private var isFetching = false
    private var lastFetch: Duration?
    /// Callers waiting for the fetch; whoever removes an entry resumes it, exactly once.
    private var waiters: [Int: CheckedContinuation<Result<AccessToken, AccessTokenError>, Never>] = [:]
    private var lastWaiter = 0

    /// Creates a cache that fetches nothing until asked.
    package init(_ issuer: any TokenIssuer, time: TimeSource) {
        self.issuer = issuer
        self.time = time
    }

    /// A token that is valid for at least ``lastMargin``.
    ///
    /// Waits only if there is none: near its expiry a token is renewed in the background. A caller whose task is
    /// cancelled stops waiting, and the fetch goes on for the others.
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

    /// Drops the token if it is still the cached one.
    package func invalidate(_ token: AccessToken) {
        if cached?.token == token { cached = nil }
    }

    /// False for a while after a fetch, so that requests do not each retry when the issuer fails or has nothing newer.
    private var mayRefresh: Bool {
        guard let lastFetch else { return true }
        return time.uptime() >= lastFetch + Self.refreshInterval
    }

    /// Starts a fetch unless one is running, in a task of its own, since it serves all waiters and outlives each of
    /// them.
    private func fetch() {
        guard !isFetching else { return }
        isFetching = true
        Task { await self.fetchToken() }
    }

    private func fetchToken() async {
        // The lifetime is counted from before the request, so it is never overestimated.
        let start = time.uptime()
        lastFetch = start
        let result: Result<AccessToken, AccessTokenError>
        do throws(AccessTokenError) {
            let issued = try await Self.issue(issuer)
            cached = (issued.token, start + issued.lifetime)
            result = .success(issued.token)
        } catch {
            result = .failure(error)
        }
        isFetching = false
        for id in waiters.keys.sorted() { waiters.removeValue(forKey: id)?.resume(returning: result) }
    }

    /// Runs off the actor: issuers read files and sign, and callers with a valid token need not wait for that.
    @concurrent private static func issue(_ issuer: any TokenIssuer) async throws(AccessTokenError) -> IssuedToken {
        try await issuer.issue()
    }

    private func leave(_ id: Int) {
        waiters.removeValue(forKey: id)?.resume(returning: .failure(.unavailable("cancelled")))
    }

    private func remaining(_ end: Duration) -> Duration {
        end - time.uptime()
    }
}
