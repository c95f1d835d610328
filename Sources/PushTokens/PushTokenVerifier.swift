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
            if let known, known.generation == current.generation {
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

    /// Checks a token not cached with this key set, and caches it if it is valid; fetches Google's keys once more if the token's is
    /// not among them.
    private func check(_ token: CompactToken, _ current: KeyCache.Snapshot) async throws(TokenRejection) {
        var current = current
        if current.keys.key(token.keyID) == nil { current = await keys.renewed(after: current) }
        guard let key = current.keys.key(token.keyID) else { throw .unknownKey }
        guard RSASignature.isValid(token.signature, of: token.signedBytes, by: key) else { throw .signatureInvalid }
        let claims = try TokenClaims(ofVerified: token)
        let now = time.now()
        try policy.check(claims, at: now)
        let uptime = time.uptime()
        // Many pushes bring the same new token while they wait for the keys: all but the first find it cached here.
        guard verifiedTokens.entry(of: token.bytes, at: uptime)?.generation != current.generation else { return }
        guard libjwt.accepts(token, key) else { throw .signatureInvalid }
        let end = uptime + now.duration(until: Instant(seconds: claims.expiry))
        // Within the clock skew after its expiry the token is valid, but not worth caching.
        guard end > uptime else { return }
        let entry = VerifiedTokenCache.Entry(claims: claims, generation: current.generation)
        verifiedTokens.insert(entry, of: token.bytes, until: end, at: uptime)
    }
}

/// The header fields of one push that may hold its token, none of them checked yet.
package struct PushCredentials: Sendable {
    /// The values of all `Authorization` fields, in order.
    package var authorization: [String]
    /// The values of all `X-Serverless-Authorization` fields, in order.
    ///
    /// Cloud Run checks such a token itself and removes its signature, so it can never be verified here; it is read
    /// only to report that (https://docs.cloud.google.com/run/docs/authenticating/service-to-service).
    package var serverlessAuthorization: [String]

    package init(authorization: [String], serverlessAuthorization: [String] = []) {
        self.authorization = authorization
        self.serverlessAuthorization = serverlessAuthorization
    }

    private static let scheme = "Bearer"

    /// The bytes after `Bearer `, checked for length only.
    ///
    /// RFC 9110 compares schemes case-insensitively. Only the exact spelling is accepted all the same: Pub/Sub writes
    /// `Bearer`, and Cloud Run writes `bearer` where it has removed the signature of a user's token.
    func bearerToken() throws(TokenRejection) -> [UInt8] {
        guard let field = authorization.first else {
            throw serverlessAuthorization.isEmpty ? .credentialsMissing : .tokenInServerlessAuthorization
        }
        guard authorization.count == 1 else { throw .severalAuthorizationHeaders }
        let value = Array(field.utf8)
        let end = value.firstIndex(of: UInt8(ascii: " ")) ?? value.endIndex
        let scheme = value[..<end]
        guard scheme.elementsEqual(Self.scheme.utf8) else {
            let isOtherSpelling = scheme.map { $0 | 0x20 }.elementsEqual(Self.scheme.utf8.map { $0 | 0x20 })
            throw isOtherSpelling ? .schemeLetterCase : .schemeNotBearer
        }
        let token = value[end...].dropFirst()
        guard !token.isEmpty else { throw .tokenEmpty }
        guard token.count <= CompactToken.maximumBytes else { throw .tokenTooLarge }
        return Array(token)
    }
}
