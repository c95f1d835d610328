internal import Glibc
internal import Synchronization
internal import Timestamps

/// A cache of tokens that passed every check, since Pub/Sub sends the same one with many messages for up to an hour.
///
/// Only accepted tokens are cached, so tokens from other callers, however validly signed, can evict nothing. The claims
/// are checked again on every use.
package final class VerifiedTokenCache: Sendable {
    /// The most tokens cached; one subscription uses a few an hour.
    package static let capacity = 1024

    struct Entry: Sendable {
        let claims: TokenClaims
        /// The generation of the key set that the token was verified with; with another, it is verified again.
        let generation: UInt64
    }

    private struct Token: Hashable {
        let bytes: [UInt8]

        /// The end of the signature distinguishes tokens, and costs less than hashing all of it.
        func hash(into hasher: inout Hasher) {
            for byte in bytes.suffix(8) { hasher.combine(byte) }
        }

        /// Uses `memcmp`: comparing arrays would go byte by byte.
        static func == (one: Token, other: Token) -> Bool {
            guard one.bytes.count == other.bytes.count else { return false }
            return unsafe one.bytes.withUnsafeBytes { one in
                unsafe other.bytes.withUnsafeBytes { other in
                    // The addresses are used only within the closures; an empty array may have none.
                    guard let first = one.baseAddress, let second = other.baseAddress else { return true }
                    return unsafe memcmp(first, second, one.count) == 0
                }
            }
        }
    }

    private let entries: Mutex<ExpiringCache<Token, Entry>>

    /// Creates an empty cache; the capacity must be positive.
    init(capacity: Int) {
        entries = Mutex(ExpiringCache(capacity: capacity))
    }

    var count: Int { entries.withLock { $0.count } }

    /// The cached entry of a token.
    func entry(of token: [UInt8], at uptime: Duration) -> Entry? {
        entries.withLock { $0.value(of: Token(bytes: token), at: uptime) }
    }

    /// Caches a token until an uptime, evicting those that expire first when full.
    func insert(_ entry: Entry, of token: [UInt8], until end: Duration, at uptime: Duration) {
        entries.withLock { $0.note(entry, of: Token(bytes: token), until: end, at: uptime) }
    }
}
