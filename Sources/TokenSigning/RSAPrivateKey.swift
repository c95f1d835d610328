internal import COpenSSL

/// An RSA private key that OpenSSL has parsed and that is strong enough.
package struct RSAPrivateKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// The modulus sizes accepted, in bits (RFC 7518, section 3.3; Google's keys have 2048).
    package static let modulusBits = 2048...8192
    /// The longest PEM accepted, in bytes.
    package static let maximumBytes = 32 * 1024

    /// PKCS#8, unencrypted, written by OpenSSL from the checked key.
    private let pem: [UInt8]

    /// Parses a key.
    ///
    /// - Parameter text: PEM (PKCS#8 or PKCS#1); the first key if there are several.
    /// - Throws: ``PrivateKeyFault``.
    package init(pem text: [UInt8]) throws(PrivateKeyFault) {
        guard text.count <= Self.maximumBytes else { throw .unreadable }
        defer { ERR_clear_error() }
        guard let key = unsafe Self.read(text) else { throw .unreadable }
        // Local to this function, and freed after its last use.
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe EVP_PKEY_is_a(key, "RSA") == 1 else { throw .notRSA }
        guard Self.modulusBits.contains(Int(unsafe EVP_PKEY_get_bits(key))) else { throw .size }
        guard let pem = unsafe Self.write(key) else { throw .unreadable }
        self.pem = pem
    }

    /// Signs claims with RS256.
    ///
    /// - Parameters:
    ///   - claims: A JSON object without U+0000.
    ///   - keyID: The `kid` of the header; nil for none.
    /// - Returns: The token in compact form.
    /// - Throws: ``TokenSigningError``.
    package func sign(claims: [UInt8], keyID: String?) throws(TokenSigningError) -> String {
        try RS256Token.sign(claims: claims, keyID: keyID, privateKeyPEM: pem)
    }

    /// Never shows the key, so that it cannot end up in a log.
    package var description: String { "RSAPrivateKey" }

    /// Empty, so that reflection does not reveal the key.
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The caller owns the key.
    private static func read(_ text: [UInt8]) -> OpaquePointer? {  // <EVP_PKEY>
        unsafe text.withUnsafeBytes { bytes in
            // The BIO reads from the array, and is freed before it.
            guard let input = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { unsafe BIO_free_all(input) }
            return unsafe PEM_read_bio_PrivateKey(input, nil, refusePassphrase, nil)
        }
    }

    private static func write(_ key: OpaquePointer) -> [UInt8]? {
        guard let output = unsafe BIO_new(BIO_s_mem()) else { return nil }
        defer { unsafe BIO_free_all(output) }
        guard unsafe PEM_write_bio_PrivateKey(output, key, nil, nil, 0, nil, nil) == 1 else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_bio_get_mem_data(output, &text)
        // The text belongs to the BIO, which lives until the copy is done.
        guard count > 0, let text = unsafe text else { return nil }
        return unsafe UnsafeRawBufferPointer(start: text, count: count).map { $0 }
    }
}

/// What is wrong with a private key.
package enum PrivateKeyFault: Error, Equatable, Sendable {
    /// Not PEM, encrypted, or not a private key.
    case unreadable
    /// A private key, but not RSA.
    case notRSA
    /// The modulus is too short or too long.
    case size
}

/// Refuses encrypted keys: without a callback OpenSSL would prompt for a passphrase on the terminal, and wait.
private func refusePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int32,
    _ isForWriting: Int32,
    _ context: UnsafeMutableRawPointer?
) -> Int32 { -1 }
