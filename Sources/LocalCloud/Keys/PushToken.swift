package import LosslessJSON
package import Timestamps
internal import TokenSigning

/// The claims of a push token (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
package struct PushTokenClaims: Sendable {
    package var audience: String
    package var email: String
    package var isEmailVerified = true
    /// `sub` and `azp`: the service account's number.
    package var subject = "113774264463038321964"
    package var issuer = "https://accounts.google.com"
    package var issuedAt: Instant
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
        do throws(TokenSigningError) {
            return try RS256Token.sign(
                claims: claims.json.bytes(),
                keyID: keyID ?? self.keyID,
                privateKeyPEM: privateKeyPEM
            )
        } catch {
            switch error {
            case .libjwt(let function): throw .libjwt(function)
            }
        }
    }
}
