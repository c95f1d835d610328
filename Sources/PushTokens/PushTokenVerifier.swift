package import Timestamps

#if canImport(Glibc)
    internal import Glibc
#endif

/// From the header fields of a push to who is pushing.
///
/// The order: everything about the token that needs no key, then Google's keys, then the signature, then the claims.
/// So nothing that a stranger writes reaches libjwt, the network or the log unless the step before let it pass.
package struct PushTokenVerifier: Sendable {
    /// How many signature checks may wait for a processor; a thousand take about 0.4 s of one.
    package static let maximumWaitingChecks = 512

    private let policy: PushTokenPolicy
    private let keys: KeyCache
    private let time: TimeSource
    private let queue: LowPriorityQueue
    private let verdicts: VerdictCache
    private let signatureCheck: SignatureCheck
    private let checks = SharedChecks()

    /// A verifier.
    ///
    /// - Parameters:
    ///   - policy: What the token must say.
    ///   - keys: Google's keys.
    ///   - time: The clock that `exp` and the others are compared with.
    ///   - concurrentChecks: How many signatures may be checked at a time; a thread each.
    ///   - waitingChecks: How many more may wait.
    ///   - rememberedTokens: How many accepted tokens are remembered.
    ///   - signatureCheck: What checks the signature of a token that nothing else speaks against.
    package init(
        policy: PushTokenPolicy,
        keys: KeyCache,
        time: TimeSource,
        concurrentChecks: Int = PushTokenVerifier.maximumConcurrentChecks,
        waitingChecks: Int = PushTokenVerifier.maximumWaitingChecks,
        rememberedTokens: Int = VerdictCache.capacity,
        signatureCheck: SignatureCheck = .libjwt
    ) {
        self.policy = policy
        self.keys = keys
        self.time = time
        self.signatureCheck = signatureCheck
        self.verdicts = VerdictCache(capacity: rememberedTokens)
        self.queue = LowPriorityQueue(maximumRunning: concurrentChecks, maximumWaiting: waitingChecks)
    }

    /// How many accepted tokens are remembered.
    package var rememberedTokens: Int { verdicts.count }

    /// How many signatures are checked at a time: half of the processors, so that a flood of forged tokens leaves the
    /// other half to those who bring a known one, even where threads cannot give way (gVisor) or share a quota.
    package static var maximumConcurrentChecks: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2) }

    /// Verifies the credentials of one push.
    package func verify(_ credentials: PushCredentials) async -> VerificationOutcome {
        do throws(Stop) {
            return .verified(VerifiedPushToken(try await claims(of: credentials)))
        } catch {
            switch error {
            case .rejected(let rejection): return .rejected(rejection)
            case .keysUnavailable(let reason): return .keysUnavailable(reason)
            case .overloaded: return .overloaded
            }
        }
    }

    /// Why there are no claims.
    private enum Stop: Error {
        case rejected(TokenRejection)
        case keysUnavailable(KeyFetchError)
        case overloaded
    }

    private func claims(of credentials: PushCredentials) async throws(Stop) -> TokenClaims {
        let bytes = try Self.rejecting { () throws(TokenRejection) in
            let token = try credentials.bearerToken()
            guard token.count <= CompactToken.maximumBytes else { throw .tokenTooLarge }
            return Array(token)
        }
        guard let digest = SHA256Digest(of: bytes) else { throw .overloaded }
        if let verdict = verdicts[digest] {
            let current = try await currentKeys()
            if current.keys.key(verdict.key.id) == verdict.key { return try use(verdict, digest) }
            verdicts.remove(digest)
        }
        let token = try Self.rejecting { () throws(TokenRejection) in try CompactToken(bytes) }
        let key = try await key(token.keyID)
        let subject = SharedChecks.Subject(token: digest, key: key)
        let answer = await checks.answer(on: subject) { () async -> SharedChecks.Answer in
            await check(token, digest, key)
        }
        guard let answer else { throw .overloaded }
        return try Self.rejecting { () throws(TokenRejection) in try answer.get() }
    }

    /// The claims of a token that was accepted before, if they are still good.
    private func use(_ verdict: VerdictCache.Verdict, _ digest: SHA256Digest) throws(Stop) -> TokenClaims {
        do throws(TokenRejection) {
            try policy.check(verdict.claims, at: time.now())
            return verdict.claims
        } catch {
            verdicts.remove(digest)
            throw .rejected(error)
        }
    }

    /// Checks the signature and then the claims, and remembers a token that is good; nil if there is no place for it.
    private func check(_ token: CompactToken, _ digest: SHA256Digest, _ key: SigningKey) async -> SharedChecks.Answer {
        do throws(TokenRejection) {
            // Many pushes bring the same new token at once; all but the first find its verdict here.
            if let verdict = verdicts[digest], verdict.key == key {
                try policy.check(verdict.claims, at: time.now())
                return .success(verdict.claims)
            }
            guard let isValid = await signatureCheck.isValid(token, key: key, on: queue) else { return nil }
            guard isValid else { throw .signatureInvalid }
            let claims = try TokenClaims(ofVerified: token)
            try policy.check(claims, at: time.now())
            verdicts.insert(VerdictCache.Verdict(claims: claims, key: key), for: digest)
            return .success(claims)
        } catch {
            return .failure(error)
        }
    }

    /// The key of that `kid`, after one more look at Google's keys if it is not among them.
    private func key(_ id: [UInt8]) async throws(Stop) -> SigningKey {
        let current = try await currentKeys()
        if let key = current.keys.key(id) { return key }
        guard let key = await keys.renewed(after: current).keys.key(id) else { throw .rejected(.unknownKey) }
        return key
    }

    private func currentKeys() async throws(Stop) -> KeyCache.Snapshot {
        if let current = keys.currentAtOnce() { return current }
        do throws(KeyFetchError) {
            return try await keys.current()
        } catch {
            throw .keysUnavailable(error)
        }
    }

    private static func rejecting<Value>(_ work: () throws(TokenRejection) -> Value) throws(Stop) -> Value {
        do throws(TokenRejection) {
            return try work()
        } catch {
            throw .rejected(error)
        }
    }
}
