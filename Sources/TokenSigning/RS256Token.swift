internal import CJWT
internal import COpenSSL
internal import Glibc

/// Why a token was not signed: the libjwt function that failed.
package enum TokenSigningError: Error, Equatable, Sendable {
    case libjwt(String)
}

extension TokenSigningError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .libjwt(let function): "\(function) failed"
        }
    }
}

/// Creates JSON Web Tokens (RFC 7519) with libjwt.
package enum RS256Token {
    /// Signs claims with RS256 (RFC 7518, section 3.3).
    ///
    /// - Parameters:
    ///   - claims: A JSON object without U+0000.
    ///   - keyID: The `kid` of the header; nil for none.
    ///   - privateKeyPEM: An unencrypted RSA key: libjwt would prompt for a passphrase on the terminal.
    /// - Returns: The token in compact form; the header has `alg`, `typ` and, if given, `kid`.
    /// - Throws: ``TokenSigningError``.
    package static func sign(
        claims: [UInt8],
        keyID: String?,
        privateKeyPEM: [UInt8]
    ) throws(TokenSigningError) -> String {
        // A failure leaves entries in this thread's error queue, where an unrelated error check would find them.
        defer { ERR_clear_error() }
        var made: OpaquePointer?  // <jwt_t>
        guard unsafe jwt_new(&made) == 0, let token = unsafe made else { throw .libjwt("jwt_new") }
        defer { unsafe jwt_free(token) }
        // libjwt copies the key and all strings; the pointers need not outlive the calls.
        guard unsafe jwt_set_alg(token, JWT_ALG_RS256, privateKeyPEM, Int32(privateKeyPEM.count)) == 0 else {
            throw .libjwt("jwt_set_alg")
        }
        if let keyID {
            guard unsafe jwt_add_header(token, "kid", keyID) == 0 else { throw .libjwt("jwt_add_header") }
        }
        guard unsafe jwt_add_grants_json(token, String(decoding: claims, as: UTF8.self)) == 0 else {
            throw .libjwt("jwt_add_grants_json")
        }
        // The caller owns the string, and libjwt 1.10 has no function of its own to free it.
        guard let encoded = unsafe jwt_encode_str(token) else { throw .libjwt("jwt_encode_str") }
        defer { unsafe free(encoded) }
        return unsafe String(cString: encoded)
    }
}
