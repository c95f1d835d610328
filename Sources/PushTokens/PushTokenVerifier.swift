package import Timestamps

/// From the header fields of a push to whether it may push.
///
/// The order: everything about the token that needs no key, then Google's keys, then the signature by OpenSSL, then the
/// claims, and only what passed all of that goes through libjwt's own verification, once. So nothing that a stranger
/// writes reaches the network, libjwt or the log unless the step before let it pass.
package struct PushTokenVerifier: Sendable {
    private let policy: PushTokenPolicy
    private let keys: KeyCache
    private let time: TimeSource
    private let libjwt: LibjwtCheck
    private let verifiedTokens: VerifiedTokenCache

    /// A verifier.
    ///
    /// - Parameters:
    ///   - policy: What the token must say.
    ///   - keys: Google's keys.
    ///   - time: The clock that `exp` and the others are compared with.
    ///   - rememberedTokens: How many accepted tokens are remembered.
    ///   - libjwt: What verifies a token again that nothing else speaks against.
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

    /// How many accepted tokens are remembered.
    package var rememberedTokens: Int { verifiedTokens.count }

    /// Verifies the credentials of one push.
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

    /// Checks a token that is not remembered, and remembers it if it is good.
    private func check(_ token: CompactToken, _ current: KeyCache.Snapshot) async throws(TokenRejection) {
        let key = try await key(token.keyID, current)
        guard RSASignature.isValid(token.signature, of: token.signedBytes, by: key) else { throw .signatureInvalid }
        let claims = try TokenClaims(ofVerified: token)
        let now = time.now()
        try policy.check(claims, at: now)
        let uptime = time.uptime()
        // Many pushes bring the same new token while they wait for the keys: all but the first find it here.
        guard verifiedTokens.entry(of: token.bytes, at: uptime)?.key != key else { return }
        guard libjwt.accepts(token, key) else { throw .signatureInvalid }
        let end = uptime + now.duration(until: Instant(seconds: claims.expiry))
        // Within the clock skew after its expiry it is good, and not worth remembering.
        guard end > uptime else { return }
        let entry = VerifiedTokenCache.Entry(claims: claims, key: key)
        verifiedTokens.insert(entry, of: token.bytes, until: end, at: uptime)
    }

    /// The key of that `kid`, after one more look at Google's keys if it is not among them.
    private func key(_ id: [UInt8], _ current: KeyCache.Snapshot) async throws(TokenRejection) -> VerificationKey {
        if let key = current.keys.key(id) { return key }
        guard let key = await keys.renewed(after: current).keys.key(id) else { throw .unknownKey }
        return key
    }
}
