internal import HTTPTransport
internal import PushTokens
internal import Synchronization
internal import Timestamps

/// A verifier with a clock, a network and keys of the test's own.
struct Bench {
    static let url = "https://www.googleapis.com/oauth2/v3/certs"

    let clock: ManualClock
    let transport: ScriptedTransport
    let cache: KeyCache
    let verifier: PushTokenVerifier
    /// What the key cache told.
    let events: AsyncStream<KeyCacheEvent>
    private let calls = CallCount()
    private let audience: String
    private let serviceAccounts: [String]

    /// With the first throw-away key, named `first`, unless told otherwise.
    init(
        jwks: [UInt8]? = nil,
        clock seconds: Int64 = TokenMint.now,
        audience: String = TokenMint.audience,
        serviceAccounts: [String] = [TokenMint.email],
        rememberedTokens: Int = VerifiedTokenCache.capacity,
        libjwt: LibjwtCheck = .real
    ) throws {
        let body = try jwks ?? TokenMint.jwks([("first", ThrowAwayKey.first.get())])
        clock = ManualClock(seconds)
        transport = ScriptedTransport(.success(.keys(body)))
        let (events, sink) = AsyncStream<KeyCacheEvent>.makeStream()
        self.events = events
        self.audience = audience
        self.serviceAccounts = serviceAccounts
        let calls = calls
        cache = KeyCache(url: Self.url, transport: transport, time: clock.source) { sink.yield($0) }
        verifier = PushTokenVerifier(
            policy: try PushTokenPolicy(audience: audience, serviceAccounts: serviceAccounts),
            keys: cache,
            time: clock.source,
            rememberedTokens: rememberedTokens,
            libjwt: LibjwtCheck { token, key in
                calls.add()
                return libjwt.accepts(token, key)
            }
        )
    }

    /// How often libjwt was called.
    var libjwtCalls: Int { calls.value }

    func verify(_ token: String) async -> VerificationOutcome {
        let outcome = await verifier.verify(PushCredentials(authorization: ["Bearer \(token)"]))
        TokenCorpus.shared?.add(
            token,
            keySet: transport.newestKeySet,
            now: clock.now,
            audience: audience,
            serviceAccounts: serviceAccounts,
            verdict: outcome.word
        )
        return outcome
    }

    /// Why a token is refused; nil if it is not.
    func rejection(_ token: String) async -> TokenRejection? {
        await verify(token).rejection
    }
}

/// Counts calls.
final class CallCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add() { count.withLock { $0 += 1 } }
}

extension VerificationOutcome {
    var rejection: TokenRejection? {
        if case .rejected(let rejection) = self { rejection } else { nil }
    }

    var isVerified: Bool {
        if case .verified = self { true } else { false }
    }

    var fetchError: KeyFetchError? {
        if case .keysUnavailable(let error) = self { error } else { nil }
    }

    /// The outcome in one word, for tables.
    var word: String {
        switch self {
        case .verified: "verified"
        case .rejected(let rejection): rejection.reason
        case .keysUnavailable(let error): error.reason
        }
    }
}
