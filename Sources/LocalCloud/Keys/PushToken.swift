internal import CJWT
internal import Glibc
package import Timestamps

/// The claims of a push token (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
package struct PushTokenClaims: Sendable {
    /// `aud`.
    package var audience: String
    /// `email`.
    package var email: String
    /// `email_verified`.
    package var isEmailVerified = true
    /// `sub` and `azp`: the service account's number.
    package var subject = "113774264463038321964"
    /// `iss`.
    package var issuer = "https://accounts.google.com"
    /// `iat`.
    package var issuedAt: Instant
    /// `exp`.
    package var expiresAt: Instant
    /// Claims to leave out (nil), or to write as this JSON, whatever they were before.
    package var overrides: [String: JSONText?] = [:]

    /// How long Google's tokens last, in seconds.
    package static let lifetimeSeconds: Int64 = 3600

    /// Claims as Google makes them, good for an hour.
    package init(audience: String, email: String, issuedAt: Instant) {
        self.audience = audience
        self.email = email
        self.issuedAt = issuedAt
        self.expiresAt = issuedAt.adding(seconds: Self.lifetimeSeconds)
    }

    var json: JSONText {
        let usual: [(name: String, value: JSONText)] = [
            ("aud", .string(audience)), ("azp", .string(subject)), ("email", .string(email)),
            ("email_verified", .boolean(isEmailVerified)), ("exp", .integer(expiresAt.seconds)),
            ("iat", .integer(issuedAt.seconds)), ("iss", .string(issuer)), ("sub", .string(subject)),
        ]
        let kept = usual.filter { overrides[$0.name] == nil }
        let changed = overrides.sorted { $0.key < $1.key }.compactMap { name, value in
            value.map { (name: name, value: $0) }
        }
        return .object(kept + changed)
    }
}

extension SigningKey {
    /// Signs the claims with RS256.
    ///
    /// - Parameters:
    ///   - claims: What the token says.
    ///   - keyID: The `kid` of the header, where it is to be another than this key's own.
    /// - Returns: The token in compact form (RFC 7519); the header has `alg`, `kid` and `typ`.
    /// - Throws: ``SigningError/libjwt(_:)``.
    package func sign(_ claims: PushTokenClaims, keyID: String? = nil) throws(SigningError) -> String {
        var made: OpaquePointer?  // <jwt_t>
        guard unsafe jwt_new(&made) == 0, let token = unsafe made else { throw .libjwt("jwt_new") }
        defer { unsafe jwt_free(token) }
        // libjwt copies the key and all texts; the pointers need not outlive the calls.
        guard unsafe jwt_set_alg(token, JWT_ALG_RS256, privateKeyPEM, Int32(privateKeyPEM.count)) == 0 else {
            throw .libjwt("jwt_set_alg")
        }
        guard unsafe jwt_add_header(token, "kid", keyID ?? self.keyID) == 0 else { throw .libjwt("jwt_add_header") }
        let text = String(decoding: claims.json.bytes(), as: UTF8.self)
        guard unsafe jwt_add_grants_json(token, text) == 0 else { throw .libjwt("jwt_add_grants_json") }
        // The caller owns the text, and version 1.10 has nothing but free() to release it.
        guard let encoded = unsafe jwt_encode_str(token) else { throw .libjwt("jwt_encode_str") }
        defer { unsafe free(encoded) }
        return unsafe String(cString: encoded)
    }
}
