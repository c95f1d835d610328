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
        let status = unsafe EVP_Digest(message, message.count, &digest, &count, EVP_sha256(), nil)
        guard status == 1, count == Self.byteCount else {
            ERR_clear_error()
            return nil
        }
        bytes = digest
    }
}
