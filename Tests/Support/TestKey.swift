internal import COpenSSL

/// A private key that exists only while the tests run.
package struct TestKey: Sendable {
    package struct OpenSSLFailure: Error {
        package init() {}
    }

    /// RSA keys of 2048 bits, made once, because that takes a noticeable time.
    package static let first = Result { try TestKey() }
    package static let second = Result { try TestKey() }

    /// PKCS#8.
    package let pem: [UInt8]
    /// The public numbers, most significant byte first; empty if it is not an RSA key.
    package let modulus: [UInt8]
    package let exponent: [UInt8]

    // In this file every object is freed by the function that made it, after its last use, and buffers outlive calls.

    private init(_ made: OpaquePointer?) throws {
        guard let key = unsafe made else { throw OpenSSLFailure() }
        defer { unsafe EVP_PKEY_free(key) }
        pem = try unsafe Self.written { unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
        modulus = unsafe Self.number(key, OSSL_PKEY_PARAM_RSA_N)
        exponent = unsafe Self.number(key, OSSL_PKEY_PARAM_RSA_E)
    }

    /// A new RSA key.
    package init(bits: UInt32 = 2048) throws { try unsafe self.init(copenssl_evp_rsa_gen(bits)) }

    /// A new key that is not RSA.
    package static func ec() throws -> TestKey { try unsafe TestKey(copenssl_evp_ec_gen("P-256")) }

    private static func number(_ key: OpaquePointer, _ name: UnsafePointer<CChar>) -> [UInt8] {
        var number: OpaquePointer?  // <BIGNUM>
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else { return [] }
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
        _ = unsafe BN_bn2bin(number, &bytes)
        return bytes
    }

    /// The key as text.
    package var text: String { String(decoding: pem, as: UTF8.self) }

    package func encrypted(passphrase: String) throws -> [UInt8] {
        let secret = Array(passphrase.utf8)
        return try unsafe written {
            unsafe PEM_write_bio_PrivateKey($0, $1, EVP_aes_256_cbc(), secret, Int32(secret.count), nil, nil)
        }
    }

    /// What OpenSSL itself writes of the public part.
    package func publicPEM() throws -> [UInt8] { try unsafe written { unsafe PEM_write_bio_PUBKEY($0, $1) } }

    /// PKCS#1, as old tools write it.
    package func traditional() throws -> [UInt8] {
        try unsafe written { unsafe PEM_write_bio_PrivateKey_traditional($0, $1, nil, nil, 0, nil, nil) }
    }

    /// Whether the key has made an RS256 signature.
    package func hasSigned(_ message: [UInt8], _ signature: [UInt8]) throws -> Bool {
        try unsafe withKey { key in
            let context = unsafe EVP_MD_CTX_new()
            defer { unsafe EVP_MD_CTX_free(context) }
            guard unsafe EVP_DigestVerifyInit_ex(context, nil, "SHA256", nil, nil, key, nil) == 1 else {
                throw OpenSSLFailure()
            }
            return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
    }

    package func withKey<Value>(_ work: (OpaquePointer) throws -> Value) throws -> Value {
        let input = unsafe BIO_new_mem_buf(pem, Int32(pem.count))
        defer { unsafe BIO_free_all(input) }
        guard let key = unsafe PEM_read_bio_PrivateKey(input, nil, nil, nil) else { throw OpenSSLFailure() }
        defer { unsafe EVP_PKEY_free(key) }
        return try unsafe work(key)
    }

    /// What a function of OpenSSL writes, given the key.
    package func written(_ write: (_ output: OpaquePointer, _ key: OpaquePointer) -> Int32) throws -> [UInt8] {
        try unsafe withKey { key in try unsafe Self.written { unsafe write($0, key) } }
    }

    private static func written(_ write: (_ output: OpaquePointer) -> Int32) throws -> [UInt8] {
        guard let output = unsafe BIO_new(BIO_s_mem()) else { throw OpenSSLFailure() }
        defer { unsafe BIO_free_all(output) }
        guard unsafe write(output) > 0 else { throw OpenSSLFailure() }
        var text: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_bio_get_mem_data(output, &text)
        return unsafe UnsafeRawBufferPointer(start: text, count: count).map { $0 }
    }
}
