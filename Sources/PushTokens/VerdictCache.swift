internal import Synchronization

/// Tokens that were found good, since Pub/Sub sends the same one with many messages for up to an hour.
///
/// Only accepted tokens come in, so what strangers send, however well signed, can push nothing out. Their claims are
/// checked again on every use, with the time that it then is.
package final class VerdictCache: Sendable {
    /// The most tokens that are remembered; one subscription uses a few an hour.
    package static let capacity = 1024

    /// A token that was accepted.
    struct Verdict: Sendable {
        let claims: TokenClaims
        /// The key that signed it: the verdict counts only while the key set has exactly this one.
        let key: SigningKey
    }

    private let verdicts: Mutex<LeastRecentlyUsed<SHA256Digest, Verdict>>

    /// An empty cache; the capacity must be positive.
    init(capacity: Int = VerdictCache.capacity) {
        verdicts = Mutex(LeastRecentlyUsed(capacity: capacity))
    }

    /// How many tokens are remembered.
    var count: Int { verdicts.withLock { $0.count } }

    /// The verdict on the token with this digest.
    subscript(_ digest: SHA256Digest) -> Verdict? {
        verdicts.withLock { $0.use(digest) }
    }

    /// Remembers a verdict in the place of the one that was not used for the longest time.
    func insert(_ verdict: Verdict, for digest: SHA256Digest) {
        verdicts.withLock { $0.insert(verdict, for: digest) }
    }

    /// Forgets a token.
    func remove(_ digest: SHA256Digest) {
        verdicts.withLock { $0.remove(digest) }
    }
}
