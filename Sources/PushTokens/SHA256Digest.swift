internal import COpenSSL

/// The SHA-256 of some bytes.
struct SHA256Digest: Hashable, Sendable {
    private static let byteCount = 32
    private let bytes: [UInt8]

    /// Digests the bytes; nil if OpenSSL cannot, which takes a lack of memory.
    init?(of message: [UInt8]) {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        var count: UInt32 = 0
        // Both arrays outlive the call; SHA-256 writes exactly the 32 bytes that are there.
        let status = unsafe EVP_Digest(message, message.count, &digest, &count, Algorithm.sha256.pointer, nil)
        guard status == 1, count == Self.byteCount else {
            ERR_clear_error()
            return nil
        }
        bytes = digest
    }

    /// OpenSSL's algorithm, looked up once: `EVP_sha256()` would have it looked up anew with every digest
    /// (https://docs.openssl.org/3.0/man7/crypto/#implicit-fetching).
    @safe private final class Algorithm: Sendable {
        static let sha256 = Algorithm()
        /// Constant and shared by all threads; kept as long as the process, so it is never freed.
        nonisolated(unsafe) let pointer: OpaquePointer?  // <EVP_MD>

        private init() {
            unsafe pointer = EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()
        }
    }
}
