internal import Base64
internal import COpenSSL
internal import LosslessJSON

/// A service account's assertion (RFC 7523), whose signature OpenSSL checks: libjwt makes it.
struct SignedAssertion {
    private static let rules = JSONRules(maximumDepth: 8, maximumBytes: 16 * 1024)

    /// Nil if they are not JSON.
    let claims: JSONValue?
    private let header: JSONValue?
    private let message: [UInt8]
    private let signature: [UInt8]

    /// Parses an assertion; nil unless it has three base64 segments.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let decoded = parts.compactMap { Base64.decode($0.utf8) }
        guard parts.count == 3, decoded.count == 3 else { return nil }
        header = try? JSONDocument(decoded[0], rules: Self.rules).root
        claims = try? JSONDocument(decoded[1], rules: Self.rules).root
        message = Array("\(parts[0]).\(parts[1])".utf8)
        signature = decoded[2]
    }

    /// Whether the header names the key and RS256, and the signature is that.
    func isSigned(by key: SigningKey) -> Bool {
        guard header?["alg"]?.isString("RS256") == true, header?["kid"]?.isString(key.keyID) == true else {
            return false
        }
        defer { ERR_clear_error() }
        // The arrays outlive the calls; what is made here is freed here, and the free functions take null.
        let input = unsafe BIO_new_mem_buf(key.privateKeyPEM, Int32(key.privateKeyPEM.count))
        defer { unsafe BIO_free_all(input) }
        let pair = unsafe PEM_read_bio_PrivateKey(input, nil, nil, nil)
        defer { unsafe EVP_PKEY_free(pair) }
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe EVP_DigestVerifyInit_ex(context, nil, "SHA256", nil, nil, pair, nil) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
