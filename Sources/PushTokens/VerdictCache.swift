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

    private struct State {
        var verdicts: [SHA256Digest: (verdict: Verdict, lastUse: UInt64)] = [:]
        var uses: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// An empty cache; the capacity must be positive.
    init(capacity: Int = VerdictCache.capacity) {
        precondition(capacity > 0, "a cache that holds nothing")
        self.capacity = capacity
    }

    /// How many tokens are remembered.
    var count: Int { state.withLock { $0.verdicts.count } }

    /// The verdict on the token with this digest.
    subscript(_ digest: SHA256Digest) -> Verdict? {
        state.withLock { state in
            guard let index = state.verdicts.index(forKey: digest) else { return nil }
            state.uses += 1
            state.verdicts.values[index].lastUse = state.uses
            return state.verdicts.values[index].verdict
        }
    }

    /// Remembers a verdict in the place of the one that was not used for the longest time.
    func insert(_ verdict: Verdict, for digest: SHA256Digest) {
        state.withLock { state in
            // Looking through all of them is fine: it takes a new token of Google's to get here.
            if state.verdicts.count >= capacity, state.verdicts[digest] == nil,
                let oldest = state.verdicts.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.verdicts[oldest.key] = nil
            }
            state.uses += 1
            state.verdicts[digest] = (verdict, state.uses)
        }
    }

    /// Forgets a token.
    func remove(_ digest: SHA256Digest) {
        state.withLock { $0.verdicts[digest] = nil }
    }
}
