internal import LosslessJSON

/// The claims of a token whose signature is verified, each with its exact JSON type (RFC 7519, section 4.1).
///
/// Texts are kept as bytes, because `String` equality is canonical equivalence.
struct TokenClaims: Sendable {
    let issuer: [UInt8]
    /// In seconds since 1970, as are the next two.
    let expiry: Int64
    let issuedAt: Int64
    let notBefore: Int64?
    let audience: [UInt8]
    let email: [UInt8]
    let isEmailVerified: Bool

    /// Reads the claims of a token whose signature is verified; no type is coerced into another.
    init(ofVerified token: CompactToken) throws(TokenRejection) {
        let payload = token.payload.root
        issuer = try Self.require(payload, .issuer) { $0.utf8 }
        expiry = try Self.require(payload, .expiry) { $0.integer }
        issuedAt = try Self.require(payload, .issuedAt) { $0.integer.flatMap { $0 >= 0 ? $0 : nil } }
        notBefore = try Self.read(payload, .notBefore) { $0.integer }
        audience = try Self.require(payload, .audience) { $0.utf8 }
        email = try Self.require(payload, .email) { $0.utf8 }
        isEmailVerified = try Self.require(payload, .emailVerified) { $0.boolean }
        // Not used, but checked to be a string, as Google's is.
        _ = try Self.read(payload, .subject) { $0.string }
    }

    private static func require<Value>(
        _ payload: JSONValue,
        _ claim: TokenClaim,
        _ convert: (JSONValue) -> Value?
    ) throws(TokenRejection) -> Value {
        guard let value = try read(payload, claim, convert) else { throw .claimMissing(claim) }
        return value
    }

    private static func read<Value>(
        _ payload: JSONValue,
        _ claim: TokenClaim,
        _ convert: (JSONValue) -> Value?
    ) throws(TokenRejection) -> Value? {
        guard let member = payload[claim.rawValue] else { return nil }
        guard let value = convert(member) else { throw .claimMalformed(claim) }
        return value
    }
}
