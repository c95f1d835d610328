internal import Glibc
internal import Synchronization
internal import Timestamps

/// Tokens that passed every check, since Pub/Sub sends the same one with many messages for up to an hour.
///
/// Only accepted tokens come in, so what strangers send, however well signed, can push nothing out. Their claims and
/// their key are checked again on every use.
package final class VerifiedTokenCache: Sendable {
    /// The most tokens that are remembered; one subscription uses a few an hour.
    package static let capacity = 1024

    /// What a remembered token said, and the key that signed it.
    struct Entry: Sendable {
        let claims: TokenClaims
        let key: VerificationKey
    }

    /// A token as it was sent.
    private struct Token: Hashable {
        let bytes: [UInt8]

        /// The end of the signature tells tokens apart, and costs less than all of it.
        func hash(into hasher: inout Hasher) {
            for byte in bytes.suffix(8) { hasher.combine(byte) }
        }

        /// At once: an array would compare byte by byte.
        static func == (one: Token, other: Token) -> Bool {
            guard one.bytes.count == other.bytes.count else { return false }
            return unsafe one.bytes.withUnsafeBytes { one in
                unsafe other.bytes.withUnsafeBytes { other in
                    // The addresses are used within the closures only; an empty array may have none.
                    guard let first = one.baseAddress, let second = other.baseAddress else { return true }
                    return unsafe memcmp(first, second, one.count) == 0
                }
            }
        }
    }

    private let entries: Mutex<ExpiringCache<Token, Entry>>

    /// An empty cache; the capacity must be positive.
    init(capacity: Int) {
        entries = Mutex(ExpiringCache(capacity: capacity))
    }

    /// How many tokens are remembered.
    var count: Int { entries.withLock { $0.count } }

    /// What is remembered of a token.
    func entry(of token: [UInt8], at uptime: Duration) -> Entry? {
        entries.withLock { $0.value(of: Token(bytes: token), at: uptime) }
    }

    /// Remembers a token until an uptime, in the place of those that expire first if there is no more room.
    func insert(_ entry: Entry, of token: [UInt8], until end: Duration, at uptime: Duration) {
        entries.withLock { $0.note(entry, of: Token(bytes: token), until: end, at: uptime) }
    }
}
