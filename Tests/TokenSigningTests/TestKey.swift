internal import COpenSSL

/// A private key that exists only while the tests run.
struct TestKey: Sendable {
    struct OpenSSLFailure: Error {}

    /// Made once, because that takes a noticeable time.
    static let rsa = Result { try unsafe TestKey { unsafe copenssl_evp_rsa_gen(2048) } }

    /// PKCS#8.
    let pem: [UInt8]

    // In this file every object is freed by the function that made it, after its last use, and buffers outlive calls.

    init(_ make: () -> OpaquePointer?) throws {
        guard let key = unsafe make() else { throw OpenSSLFailure() }
        defer { unsafe EVP_PKEY_free(key) }
        pem = try unsafe Self.text { unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    static func rsa(bits: UInt32) throws -> TestKey { try unsafe TestKey { unsafe copenssl_evp_rsa_gen(bits) } }

    static func ec() throws -> TestKey { try unsafe TestKey { unsafe copenssl_evp_ec_gen("P-256") } }

    /// The key as text.
    var text: String { String(decoding: pem, as: UTF8.self) }

    func encrypted(passphrase: String) throws -> [UInt8] {
        let secret = Array(passphrase.utf8)
        return try unsafe withKey { key in
            try unsafe Self.text {
                unsafe PEM_write_bio_PrivateKey($0, key, EVP_aes_256_cbc(), secret, Int32(secret.count), nil, nil)
            }
        }
    }

    func publicPart() throws -> [UInt8] {
        try unsafe withKey { key in try unsafe Self.text { unsafe PEM_write_bio_PUBKEY($0, key) } }
    }

    /// PKCS#1, as old tools write it.
    func traditional() throws -> [UInt8] {
        try unsafe withKey { key in
            try unsafe Self.text { unsafe PEM_write_bio_PrivateKey_traditional($0, key, nil, nil, 0, nil, nil) }
        }
    }

    /// Whether the key has made an RS256 signature.
    func hasSigned(_ message: [UInt8], _ signature: [UInt8]) throws -> Bool {
        try unsafe withKey { key in
            let context = unsafe EVP_MD_CTX_new()
            defer { unsafe EVP_MD_CTX_free(context) }
            guard unsafe EVP_DigestVerifyInit_ex(context, nil, "SHA256", nil, nil, key, nil) == 1 else {
                throw OpenSSLFailure()
            }
            return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
    }

    private func withKey<Value>(_ work: (OpaquePointer) throws -> Value) throws -> Value {
        let input = unsafe BIO_new_mem_buf(pem, Int32(pem.count))
        defer { unsafe BIO_free_all(input) }
        guard let key = unsafe PEM_read_bio_PrivateKey(input, nil, nil, nil) else { throw OpenSSLFailure() }
        defer { unsafe EVP_PKEY_free(key) }
        return try unsafe work(key)
    }

    private static func text(_ write: (OpaquePointer?) -> Int32) throws -> [UInt8] {
        let output = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free_all(output) }
        guard unsafe write(output) == 1, let output = unsafe output else { throw OpenSSLFailure() }
        var text: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_bio_get_mem_data(output, &text)
        return unsafe UnsafeRawBufferPointer(start: text, count: count).map { $0 }
    }
}
