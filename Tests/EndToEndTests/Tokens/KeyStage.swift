import HTTPTransport
import LocalCloud
import PushTokens
import Synchronization
import Timestamps

/// A verifier whose clock stands still until a test moves it, and whose keys come over a real socket.
struct KeyStage: Sendable {
    let cloud: LocalCloud
    let clock: StageClock
    let cache: KeyCache
    let verifier: PushTokenVerifier
    /// What happened, in order.
    let happenings: Happenings
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

/// Happenings of several tasks in one order.
final class Happenings: Sendable {
    private let words = Mutex<[String]>([])

    var all: [String] { words.withLock { $0 } }

    func add(_ word: String) { words.withLock { $0.append(word) } }
}

/// A clock that stands still until a test moves it.
final class StageClock: Sendable {
    private let state = Mutex((now: Instant(seconds: 1_800_000_000), uptime: Duration.zero))

    var now: Instant { state.withLock { $0.now } }

    func advance(_ duration: Duration) {
        let seconds = duration.components.seconds
        state.withLock { $0 = ($0.now.adding(seconds: seconds), $0.uptime + .seconds(seconds)) }
    }

    var source: TimeSource {
        TimeSource(
            now: { self.now },
            uptime: { self.state.withLock { $0.uptime } },
            sleep: { _ in try Task.checkCancellation() }
        )
    }
}

/// Three keys for all tests, since making one takes a while: two to be published, and a stranger.
let stageKeys = Result { try [SigningKey.generate(), SigningKey.generate(), SigningKey.generate()] }

/// Sets the stage with one published key, runs a test on it, and clears it.
func onKeyStage(maximumAge: Int = 3600, _ body: @Sendable (KeyStage) async throws -> Void) async throws {
    let clock = StageClock()
    var options = LocalCloudOptions(time: clock.source)
    options.keysMaximumAge = maximumAge
    options.signingKeys = Array(try stageKeys.get().prefix(1))
    let transport = try CurlTransport(CurlSettings(userAgent: "jitcleanup-tests"))
    let result: Result<Void, any Error>
    do {
        try await withLocalCloud(options, transport: transport) { cloud in
            let happenings = Happenings()
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
        result = .success(())
    } catch {
        result = .failure(error)
    }
    await transport.stop()
    try result.get()
}
