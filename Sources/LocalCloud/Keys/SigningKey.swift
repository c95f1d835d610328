internal import Base64
internal import COpenSSL
package import LosslessJSON

/// Why a key or a token could not be made.
package enum SigningError: Error, Equatable, Sendable {
    /// OpenSSL failed; names the step.
    case openSSL(String)
    /// libjwt failed; names the step.
    case libjwt(String)
}

/// An RSA key pair that signs push tokens.
package struct SigningKey: Sendable {
    /// The key's name in tokens and in the key set: 40 hexadecimal digits, as Google's are.
    package let keyID: String
    /// The modulus, big-endian.
    package let modulus: [UInt8]
    /// The public exponent, big-endian.
    package let exponent: [UInt8]
    /// The private key as PEM (PKCS#8).
    let privateKeyPEM: [UInt8]

    /// Makes a new key pair.
    ///
    /// - Parameter bits: The modulus's length; Google's keys have 2048.
    /// - Returns: The key pair.
    /// - Throws: ``SigningError/openSSL(_:)``.
    package static func generate(bits: UInt32 = 2048) throws(SigningError) -> SigningKey {
        // Created here, freed here, and lent only to the functions below.
        guard let pair = unsafe copenssl_evp_rsa_gen(bits) else { throw .openSSL("RSA key generation") }
        defer { unsafe EVP_PKEY_free(pair) }
        let modulus = try unsafe number(OSSL_PKEY_PARAM_RSA_N, of: pair)
        return SigningKey(
            keyID: try name(of: modulus),
            modulus: modulus,
            exponent: try unsafe number(OSSL_PKEY_PARAM_RSA_E, of: pair),
            privateKeyPEM: try unsafe pem(of: pair)
        )
    }

    /// The key as a member of a JSON Web Key Set (RFC 7517), in the form of Google's.
    package var jwk: JSONText {
        [
            "use": "sig", "kty": "RSA", "alg": "RS256", "kid": .string(keyID),
            "n": .string(Base64.encodeURLSafe(modulus)), "e": .string(Base64.encodeURLSafe(exponent)),
        ]
    }

    private static func number(
        _ parameter: String,
        of pair: OpaquePointer  // <EVP_PKEY>
    ) throws(SigningError) -> [UInt8] {
        var number: OpaquePointer?  // <BIGNUM>
        // OpenSSL makes the number; it is freed below. The buffer has exactly BN_num_bytes bytes.
        guard unsafe EVP_PKEY_get_bn_param(pair, parameter, &number) == 1, let number = unsafe number else {
            throw .openSSL("key parameter")
        }
        defer { unsafe BN_free(number) }
        let count = unsafe (Int(BN_num_bits(number)) + 7) / 8
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe BN_bn2bin(number, &bytes) == Int32(count) else { throw .openSSL("BN_bn2bin") }
        return bytes
    }

    private static func pem(
        of pair: OpaquePointer  // <EVP_PKEY>
    ) throws(SigningError) -> [UInt8] {
        guard let memory = unsafe BIO_new(BIO_s_mem()) else { throw .openSSL("BIO_new") }
        defer { unsafe BIO_free(memory) }
        guard unsafe PEM_write_bio_PrivateKey(memory, pair, nil, nil, 0, nil, nil) == 1 else {
            throw .openSSL("PEM_write_bio_PrivateKey")
        }
        var data: UnsafeMutablePointer<CChar>?
        // The bytes belong to the BIO, which lives until the end of this function; they are copied.
        let count = unsafe copenssl_bio_get_mem_data(memory, &data)
        guard count > 0, let data = unsafe data else { throw .openSSL("BIO_get_mem_data") }
        return unsafe UnsafeBufferPointer(start: data, count: count).map { UInt8(bitPattern: $0) }
    }

    private static func name(of modulus: [UInt8]) throws(SigningError) -> String {
        try Digest.hexadecimal(modulus, "SHA1")
    }
}

enum Digest {
    /// The digest in lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8], _ algorithm: String) throws(SigningError) -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        // Both buffers are arrays that live through the call; the digest's has room for the longest there is.
        guard unsafe EVP_Q_digest(nil, algorithm, nil, bytes, bytes.count, &digest, &count) == 1 else {
            throw .openSSL("EVP_Q_digest")
        }
        return digest.prefix(count).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
