/// Why a push was rejected: one case per reason.
///
/// The caller never learns which; the log does, through ``reason``.
package enum TokenRejection: Error, Hashable, Sendable {
    /// There is no `Authorization` field.
    case credentialsMissing
    /// The only token is in `X-Serverless-Authorization`, whose signature Cloud Run removes.
    case tokenInServerlessAuthorization
    /// There is more than one `Authorization` field.
    case severalAuthorizationHeaders
    /// The scheme is not `Bearer`.
    case schemeNotBearer
    /// The scheme is `Bearer` in another spelling, such as the `bearer` of tokens that Cloud Run has stripped.
    case schemeLetterCase
    /// Nothing follows the scheme.
    case tokenEmpty
    /// The token is larger than ``CompactToken/maximumBytes``.
    case tokenTooLarge
    /// The token does not have three segments (RFC 7515, section 7.1).
    case segmentCount
    /// A segment is empty; an unsigned token has an empty third one.
    case emptySegment
    /// Cloud Run has replaced the signature with its marker (a user's token on a service that is not public).
    case signatureRemoved
    /// A segment is not canonical base64url (RFC 7515, section 2).
    case notBase64URL
    /// The header is not a strict JSON object.
    case headerNotJSONObject
    /// The payload is not a strict JSON object.
    case payloadNotJSONObject
    /// `alg` is missing or is anything but the string `RS256` (RFC 8725, section 3.1).
    case algorithmNotRS256
    /// `kid` is missing, empty or not a string.
    case keyIDMissing
    /// `typ` is present but not the string `JWT` (RFC 8725, section 3.11).
    case typeNotJWT
    /// The header has a parameter that changes the token's meaning or carries a key.
    case forbiddenHeaderParameter(ForbiddenHeaderParameter)
    /// No known key has this `kid`; the only rejection that may trigger a fetch of newer keys.
    case unknownKey
    /// The signature was not made by the key that `kid` names.
    ///
    /// Also covers a token that passed every other check but that libjwt rejects, such as one with an integer of more
    /// than 64 bits in a claim that is not read here.
    case signatureInvalid
    /// A required claim is missing.
    case claimMissing(TokenClaim)
    /// A claim has the wrong JSON type, or an impossible value.
    case claimMalformed(TokenClaim)
    /// `iss` is not Google's.
    case issuerNotGoogle
    /// `exp` has passed.
    case expired
    /// `exp` is further away than a token's lifetime.
    case expiresTooLate
    /// `exp` is not later than `iat`.
    case expiresBeforeIssued
    /// `exp` and `iat` are further apart than a token's lifetime.
    case lifetimeTooLong
    /// `iat` is in the future.
    case issuedInFuture
    /// `nbf` is in the future.
    case notYetValid
    /// A valid Google token, from a caller that may not push.
    case forbidden(CallerFault, RefusedIdentity)

    /// The rejected caller, if Google's signature vouches for it; escape before logging.
    package var refusedIdentity: RefusedIdentity? {
        if case .forbidden(_, let identity) = self { identity } else { nil }
    }
}

/// Why a caller that Google vouches for may not push.
package enum CallerFault: String, CaseIterable, Sendable {
    /// The token is for another audience.
    case otherAudience = "other-audience"
    /// The token belongs to another account.
    case otherServiceAccount = "other-service-account"
    /// Google has not verified the email address.
    case emailNotVerified = "email-not-verified"
}

/// The verified caller that a rejection is about.
package struct RefusedIdentity: Hashable, Sendable {
    /// The `email` claim.
    package let email: String
    /// The `aud` claim.
    package let audience: String

    package init(email: String, audience: String) {
        self.email = email
        self.audience = audience
    }
}

/// Header parameters that are rejected wherever they occur (RFC 7515, section 4.1; RFC 7516; RFC 7797).
package enum ForbiddenHeaderParameter: String, CaseIterable, Sendable {
    /// Extensions that must be understood; none are supported.
    case critical = "crit"
    /// Unencoded payload.
    case base64 = "b64"
    /// Nested tokens.
    case contentType = "cty"
    case compression = "zip"
    case encryption = "enc"
    /// An embedded key; keys come from Google's key set alone.
    case key = "jwk"
    /// The address of a key set.
    case keySetURL = "jku"
    /// The address of a certificate.
    case certificateURL = "x5u"
    /// A certificate chain.
    case certificates = "x5c"
    case certificateSHA1 = "x5t"
    case certificateSHA256 = "x5t#S256"
}

package enum TokenClaim: String, CaseIterable, Sendable {
    /// Who issued it.
    case issuer = "iss"
    /// When it expires, in seconds since 1970.
    case expiry = "exp"
    /// When it was issued, in seconds since 1970.
    case issuedAt = "iat"
    /// When it becomes valid, in seconds since 1970; optional.
    case notBefore = "nbf"
    /// Whom it is intended for.
    case audience = "aud"
    /// The service account.
    case email = "email"
    /// Whether Google has verified the address.
    case emailVerified = "email_verified"
    /// The account's number; optional and not used.
    case subject = "sub"
}
