internal import HTTPTransport
internal import PushTokens
internal import TestSupport
internal import Timestamps

/// A verifier with a clock, a network and keys of the test's own.
struct Bench {
    static let url = "https://www.googleapis.com/oauth2/v3/certs"

    let clock: ManualTime
    let transport: TestTransport
    let cache: KeyCache
    let verifier: PushTokenVerifier
    /// What the key cache told.
    let events: AsyncStream<KeyCacheEvent>
    private let calls = Record<Void>()
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
        let body = try jwks ?? TokenMint.jwks([("first", TestKey.first.get())])
        clock = ManualTime(Instant(seconds: seconds))
        transport = TestTransport(.success(.keys(body)))
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
                calls.add(())
                return libjwt.accepts(token, key)
            }
        )
    }

    /// How often libjwt was called.
    var libjwtCalls: Int { calls.all.count }

    func verify(_ token: String) async -> VerificationOutcome {
        let outcome = await verifier.verify(PushCredentials(authorization: ["Bearer \(token)"]))
        TokenCorpus.add(
            token,
            keySet: newestKeySet,
            now: clock.now,
            audience: audience,
            serviceAccounts: serviceAccounts,
            verdict: outcome.word
        )
        return outcome
    }

    /// The last answer that the key cache could take for a key set.
    private var newestKeySet: [UInt8] {
        transport.responses.last { $0.status == 200 && (try? KeySet(jwks: $0.body)) != nil }?.body ?? []
    }

    /// Why a token is refused; nil if it is not.
    func rejection(_ token: String) async -> TokenRejection? {
        await verify(token).rejection
    }
}

extension TransportResponse {
    static func keys(_ body: [UInt8], maxAge: Int = 3600) -> TransportResponse {
        TransportResponse(
            status: 200,
            headers: [("content-type", "application/json"), ("cache-control", "public, max-age=\(maxAge)")],
            body: body
        )
    }
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
