internal import COpenSSL

/// The SHA-256 of some bytes.
struct SHA256Digest: Hashable, Sendable {
    // Its 32 bytes, eight at a time. A vector would need an alignment that the frames of async functions lack.
    private let first, second, third, fourth: UInt64

    /// Digests the bytes; nil if OpenSSL cannot, which takes a lack of memory.
    init?(of message: [UInt8]) {
        var digest: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var count: UInt32 = 0
        // The array and the words outlive the call; SHA-256 writes exactly the 32 bytes that the words have.
        let status = unsafe withUnsafeMutableBytes(of: &digest) {
            unsafe EVP_Digest(
                message,
                message.count,
                $0.baseAddress?.assumingMemoryBound(to: UInt8.self),
                &count,
                Algorithm.sha256.pointer,
                nil
            )
        }
        guard status == 1, count == MemoryLayout.size(ofValue: digest) else {
            ERR_clear_error()
            return nil
        }
        (first, second, third, fourth) = digest
    }

    /// OpenSSL's algorithm, looked up once: `EVP_sha256()` would have it looked up anew with every digest
    /// (https://docs.openssl.org/3.0/man7/crypto/#implicit-fetching).
    @safe private final class Algorithm: Sendable {
        static let sha256 = Algorithm()
        /// OpenSSL's description of SHA-256; nil if it has none.
        ///
        /// It is `nonisolated(unsafe)` since a C pointer is not `Sendable`. What it points to never changes, so all threads
        /// may read it, and it is kept as long as the process, so it is never freed.
        nonisolated(unsafe) let pointer: OpaquePointer?  // <EVP_MD>

        private init() {
            unsafe pointer = EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()
        }
    }
}
