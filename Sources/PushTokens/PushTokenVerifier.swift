package import Timestamps

/// Decides from the header fields of a push whether it is authorized.
///
/// The order: everything about the token that needs no key, then Google's keys, then the signature by OpenSSL, then the
/// claims; only a token that has passed all of that goes through libjwt's own verification, once. So untrusted input
/// reaches the network, libjwt and the log only if the step before let it pass.
package struct PushTokenVerifier: Sendable {
    private let policy: PushTokenPolicy
    private let keys: KeyCache
    private let time: TimeSource
    private let libjwt: LibjwtCheck
    private let verifiedTokens: VerifiedTokenCache

    /// Creates a verifier.
    ///
    /// - Parameters:
    ///   - policy: What the token must say.
    ///   - keys: Google's keys.
    ///   - time: The clock that `exp`, `iat` and `nbf` are compared with.
    ///   - rememberedTokens: How many accepted tokens are cached.
    ///   - libjwt: The second verification, for tokens that passed every other check.
    package init(
        policy: PushTokenPolicy,
        keys: KeyCache,
        time: TimeSource,
        rememberedTokens: Int = VerifiedTokenCache.capacity,
        libjwt: LibjwtCheck = .real
    ) {
        self.policy = policy
        self.keys = keys
        self.time = time
        self.libjwt = libjwt
        self.verifiedTokens = VerifiedTokenCache(capacity: rememberedTokens)
    }

    /// How many accepted tokens are cached.
    package var rememberedTokens: Int { verifiedTokens.count }

    package func verify(_ credentials: PushCredentials) async -> VerificationOutcome {
        do throws(TokenRejection) {
            let bytes = try credentials.bearerToken()
            let known = verifiedTokens.entry(of: bytes, at: time.uptime())
            // Before the keys: a malformed token must not cost a fetch.
            let token = try known == nil ? CompactToken(bytes) : nil
            let current: KeyCache.Snapshot
            do throws(KeyFetchError) {
                if let atOnce = keys.currentAtOnce() { current = atOnce } else { current = try await keys.current() }
            } catch {
                return .keysUnavailable(error)
            }
            if let known, current.keys.key(known.key.id) == known.key {
                try policy.check(known.claims, at: time.now())
            } else {
                let token = if let token { token } else { try CompactToken(bytes) }
                try await check(token, current)
            }
            return .verified
        } catch {
            return .rejected(error)
        }
    }

    /// Checks a token that is not cached, and caches it if it is valid.
    private func check(_ token: CompactToken, _ current: KeyCache.Snapshot) async throws(TokenRejection) {
        let key = try await key(token.keyID, current)
        guard RSASignature.isValid(token.signature, of: token.signedBytes, by: key) else { throw .signatureInvalid }
        let claims = try TokenClaims(ofVerified: token)
        let now = time.now()
        try policy.check(claims, at: now)
        let uptime = time.uptime()
        // Many pushes bring the same new token while they wait for the keys: all but the first find it cached here.
        guard verifiedTokens.entry(of: token.bytes, at: uptime)?.key != key else { return }
        guard libjwt.accepts(token, key) else { throw .signatureInvalid }
        let end = uptime + now.duration(until: Instant(seconds: claims.expiry))
        // Within the clock skew after its expiry the token is valid, but not worth caching.
        guard end > uptime else { return }
        let entry = VerifiedTokenCache.Entry(claims: claims, key: key)
        verifiedTokens.insert(entry, of: token.bytes, until: end, at: uptime)
    }

    /// The key with the `kid`, after fetching Google's keys once more if it is not among them.
    private func key(_ id: [UInt8], _ current: KeyCache.Snapshot) async throws(TokenRejection) -> VerificationKey {
        if let key = current.keys.key(id) { return key }
        guard let key = await keys.renewed(after: current).keys.key(id) else { throw .unknownKey }
        return key
    }
}
