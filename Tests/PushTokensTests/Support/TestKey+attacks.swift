internal import COpenSSL
internal import TestSupport

// In this file every object is freed by the function that made it, after its last use, and buffers outlive calls.

/// What an attacker does with a key, beside signing as he should.
extension TestKey {
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
        var (code, count) = ([UInt8](repeating: 0, count: 64), 0)
        let (key, text) = (secret.count, message.count)
        let made = unsafe EVP_Q_mac(nil, "HMAC", nil, digest, nil, secret, key, message, text, &code, 64, &count)
        guard unsafe made != nil else { throw OpenSSLFailure() }
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
