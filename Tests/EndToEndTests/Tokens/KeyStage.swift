import HTTPTransport
import LocalCloud
import PushTokens
import TestSupport
import Timestamps

/// A verifier whose clock stands still until a test moves it, and whose keys come over a real socket.
struct KeyStage: Sendable {
    let cloud: LocalCloud
    let clock: ManualTime
    let cache: KeyCache
    let verifier: PushTokenVerifier
    /// What happened, in order.
    let happenings: Record<String>
    /// What the key cache told.
    let events: AsyncStream<KeyCacheEvent>

    /// How many requests for keys came in.
    var fetches: Int { cloud.requests.count(.keys) }

    /// A token of now, by a published key or another.
    func token(by key: SigningKey? = nil, keyID: String? = nil) throws -> String {
        let identity = cloud.options.pushIdentity
        let claims = PushTokenClaims(audience: identity.audience, email: identity.email, issuedAt: clock.now)
        guard let key else { return try cloud.keys.mint(claims) }
        return try key.sign(claims, keyID: keyID)
    }

    /// Judges a token and notes the verdict in one word.
    @discardableResult func push(_ token: String) async -> String {
        let word =
            switch await verifier.verify(PushCredentials(authorization: ["Bearer \(token)"])) {
            case .verified: "verified"
            case .rejected(let rejection): rejection.reason
            case .keysUnavailable(let error): error.reason
            }
        happenings.add(word)
        return word
    }

    /// Pushes a fresh token of a published key.
    @discardableResult func push() async throws -> String {
        await push(try token())
    }
}

/// Sets the stage with one published key, runs a test on it, and clears it.
func onKeyStage(maximumAge: Int = 3600, _ body: @Sendable (KeyStage) async throws -> Void) async throws {
    let clock = ManualTime()
    var options = LocalCloudOptions(time: clock.source)
    options.keysMaximumAge = maximumAge
    options.signingKeys = Array(try stageKeys.get().prefix(1))
    try await withTransport { [options] transport in
        try await withLocalCloud(options, transport: transport) { cloud in
            let happenings = Record<String>()
            let (events, sink) = AsyncStream<KeyCacheEvent>.makeStream()
            let cache = KeyCache(url: "\(cloud.baseURL)/oauth2/v3/certs", transport: transport, time: clock.source) {
                switch $0 {
                case .fetched: happenings.add("fetched")
                case .fetchFailed: happenings.add("fetch failed")
                }
                sink.yield($0)
            }
            let identity = options.pushIdentity
            let verifier = PushTokenVerifier(
                policy: try PushTokenPolicy(audience: identity.audience, serviceAccounts: [identity.email]),
                keys: cache,
                time: clock.source
            )
            try await body(
                KeyStage(
                    cloud: cloud,
                    clock: clock,
                    cache: cache,
                    verifier: verifier,
                    happenings: happenings,
                    events: events
                )
            )
        }
    }
}
