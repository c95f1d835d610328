internal import COpenSSL
internal import TestSupport

/// The forms in which a public key is handed around, each of which has served somewhere as an HMAC secret by mistake.
extension TestKey {
    struct PublicForm: Sendable {
        let name: String
        let bytes: [UInt8]
    }

    func publicForms() throws -> [PublicForm] {
        let pem = try publicPEM()
        let integers = Self.der(0x02, [0] + modulus) + Self.der(0x02, exponent)
        let bare = Self.der(0x30, integers)
        let der = try unsafe written { unsafe i2d_PUBKEY_bio($0, $1) }
        let barePEM = try unsafe written { output, _ in
            unsafe PEM_write_bio(output, "RSA PUBLIC KEY", "", bare, bare.count)
        }
        let certificatePEM = try unsafe certificate { unsafe PEM_write_bio_X509($0, $1) }
        let certificateDER = try unsafe certificate { unsafe i2d_X509_bio($0, $1) }
        let forms: [(String, [UInt8])] = [
            ("PEM", pem), ("PEM without its last line feed", pem.dropLast()),
            ("PEM with CR LF", pem.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }),
            ("DER", der), ("DER of PKCS #1", bare), ("PEM of PKCS #1", barePEM),
            ("PEM of a certificate", certificatePEM), ("DER of a certificate", certificateDER), ("n", modulus),
            ("n in base64url", Array(TokenMint.base64URL(modulus).utf8)), ("e", exponent),
            ("e in base64url", Array("AQAB".utf8)),
            ("JWK", Array(TokenMint.jwk("first", self).json.utf8)), ("key set", TokenMint.jwks([("first", self)])),
            ("kid", Array("first".utf8)), ("nothing", []), ("one zero byte", [0]),
        ]
        return forms.map { PublicForm(name: $0.0, bytes: $0.1) }
    }

    // In this file every object is freed by the function that made it, after its last use, and buffers outlive calls.

    /// A certificate that the key has signed for itself, as a function of OpenSSL writes it.
    private func certificate(_ write: (_ output: OpaquePointer, _ certificate: OpaquePointer) -> Int32) throws
        -> [UInt8]
    {
        try unsafe written { output, key in
            guard let made = unsafe X509_new() else { return 0 }
            defer { unsafe X509_free(made) }
            guard unsafe X509_set_version(made, 2) == 1, unsafe X509_set_pubkey(made, key) == 1,
                unsafe ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1,
                unsafe X509_gmtime_adj(X509_getm_notBefore(made), 0) != nil,
                unsafe X509_gmtime_adj(X509_getm_notAfter(made), 3600) != nil,
                unsafe X509_sign(made, key, EVP_sha256()) > 0
            else { return 0 }
            return unsafe write(output, made)
        }
    }

    private static func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] = count < 0x80 ? [UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }
}
