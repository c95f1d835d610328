internal import COpenSSL

/// An RSA key that exists only while the tests run.
struct ThrowAwayKey: Sendable {
    struct OpenSSLFailure: Error {}

    /// Made once, because that takes a noticeable time.
    static let first = Result { try ThrowAwayKey() }
    static let second = Result { try ThrowAwayKey() }

    private let privatePEM: [UInt8]
    let modulus: [UInt8]
    let exponent: [UInt8]

    // In this file every object is freed by the function that made it, after its last use, and buffers outlive calls.

    init(bits: UInt32 = 2048) throws {
        guard let key = unsafe copenssl_evp_rsa_gen(bits) else { throw OpenSSLFailure() }
        defer { unsafe EVP_PKEY_free(key) }
        let output = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free_all(output) }
        guard unsafe PEM_write_bio_PrivateKey(output, key, nil, nil, 0, nil, nil) == 1, let output = unsafe output
        else { throw OpenSSLFailure() }
        var text: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_bio_get_mem_data(output, &text)
        privatePEM = unsafe UnsafeRawBufferPointer(start: text, count: count).map { $0 }
        modulus = try unsafe Self.number(key, OSSL_PKEY_PARAM_RSA_N)
        exponent = try unsafe Self.number(key, OSSL_PKEY_PARAM_RSA_E)
    }

    /// A prime of 2048 bits (RFC 3526, section 3).
    static func prime2048() throws -> [UInt8] {
        let prime = unsafe BN_get_rfc3526_prime_2048(nil)
        defer { unsafe BN_free(prime) }
        var bytes = [UInt8](repeating: 0, count: 256)
        guard unsafe BN_bn2bin(prime, &bytes) == 256 else { throw OpenSSLFailure() }
        return bytes
    }

    /// The product of two numbers, most significant byte first.
    static func product(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var result = [Int](repeating: 0, count: left.count + right.count)
        for (i, a) in left.enumerated() {
            for (j, b) in right.enumerated() { result[i + j + 1] += Int(a) * Int(b) }
        }
        var carry = 0
        for index in result.indices.reversed() {
            carry += result[index]
            result[index] = carry & 0xFF
            carry >>= 8
        }
        return result.map { UInt8($0) }
    }

    private static func number(_ key: OpaquePointer, _ name: UnsafePointer<CChar>) throws -> [UInt8] {
        var number: OpaquePointer?  // <BIGNUM>
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else { throw OpenSSLFailure() }
        defer { unsafe BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
        _ = unsafe BN_bn2bin(number, &bytes)
        return bytes
    }

    func withKey<Value>(_ work: (OpaquePointer) throws -> Value) throws -> Value {
        let input = unsafe BIO_new_mem_buf(privatePEM, Int32(privatePEM.count))
        defer { unsafe BIO_free_all(input) }
        guard let key = unsafe PEM_read_bio_PrivateKey(input, nil, nil, nil) else { throw OpenSSLFailure() }
        defer { unsafe EVP_PKEY_free(key) }
        return try unsafe work(key)
    }

    /// Signs as the token's `alg` should say: PKCS #1 v1.5 with SHA-256, or what the parameters ask for instead.
    func sign(_ message: [UInt8], digest: String = "SHA256", pss: Bool = false) throws -> [UInt8] {
        try unsafe withKey { key in
            let context = unsafe EVP_MD_CTX_new()
            defer { unsafe EVP_MD_CTX_free(context) }
            var keyContext: OpaquePointer?  // <EVP_PKEY_CTX>, owned by the other context
            var count = modulus.count
            var signature = [UInt8](repeating: 0, count: count)
            guard unsafe EVP_DigestSignInit_ex(context, &keyContext, digest, nil, nil, key, nil) == 1,
                unsafe !pss || EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1
            else { throw OpenSSLFailure() }
            return Array(signature[..<count])
        }
    }

    /// The bare RSA operation on a block of the modulus' size, for malformed signatures.
    func signRaw(_ block: [UInt8]) throws -> [UInt8] {
        try unsafe withKey { key in
            let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
            defer { unsafe EVP_PKEY_CTX_free(context) }
            var count = modulus.count
            var signature = [UInt8](repeating: 0, count: count)
            guard unsafe EVP_PKEY_sign_init(context) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1,
                unsafe EVP_PKEY_sign(context, &signature, &count, block, block.count) == 1
            else { throw OpenSSLFailure() }
            return Array(signature[..<count])
        }
    }

    /// HMAC, for tokens that pass the public key off as a shared secret.
    static func hmac(_ message: [UInt8], secret: [UInt8], digest: String) throws -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 64)
        var count = 0
        guard
            unsafe EVP_Q_mac(
                nil,
                "HMAC",
                nil,
                digest,
                nil,
                secret,
                secret.count,
                message,
                message.count,
                &code,
                code.count,
                &count
            )
                != nil
        else { throw OpenSSLFailure() }
        return Array(code[..<count])
    }

    static func sha256(_ message: [UInt8]) throws -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        guard unsafe EVP_Digest(message, message.count, &digest, nil, EVP_sha256(), nil) == 1 else {
            throw OpenSSLFailure()
        }
        return digest
    }
}
