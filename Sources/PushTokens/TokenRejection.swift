/// Why a push was refused: one case per refusal.
///
/// The caller never learns which one it was; the log does, by ``reason``.
package enum TokenRejection: Error, Hashable, Sendable {
    /// There is no `Authorization` field.
    case credentialsMissing
    /// The only token is in `X-Serverless-Authorization`, whose signature Cloud Run removes.
    case tokenInServerlessAuthorization
    /// There is more than one `Authorization` field.
    case severalAuthorizationHeaders
    /// The scheme is another one than `Bearer`.
    case schemeNotBearer
    /// The scheme is `Bearer` in another spelling, such as the `bearer` of tokens that Cloud Run has stripped.
    case schemeLetterCase
    /// Nothing follows the scheme.
    case tokenEmpty
    /// The token is larger than ``CompactToken/maximumBytes``.
    case tokenTooLarge
    /// The token does not consist of three segments (RFC 7515, section 7.1).
    case segmentCount
    /// A segment is empty; an unsigned token has no third one.
    case emptySegment
    /// Cloud Run has put its marker in the signature's place (a user's token on a service that is not public).
    case signatureRemoved
    /// A segment is not base64url in its one canonical form (RFC 7515, section 2).
    case notBase64URL
    /// The header is not a JSON object, read strictly.
    case headerNotJSONObject
    /// The payload is not a JSON object, read strictly.
    case payloadNotJSONObject
    /// `alg` is missing or is anything but the string `RS256` (RFC 8725, section 3.1).
    case algorithmNotRS256
    /// `kid` is missing, empty or not a string.
    case keyIDMissing
    /// `typ` is present and is not the string `JWT` (RFC 8725, section 3.11).
    case typeNotJWT
    /// The header has a parameter that changes what the token means, or that brings a key along.
    case forbiddenHeaderParameter(ForbiddenHeaderParameter)
    /// No known key has this `kid`. The only refusal that may ask for newer keys.
    case unknownKey
    /// The signature is not that of the key that `kid` names.
    ///
    /// Also what a token comes to that passed everything else and that libjwt refuses, such as one with an integer of more
    /// than 64 bits in a claim that is not read here.
    case signatureInvalid
    /// A required claim is missing.
    case claimMissing(TokenClaim)
    /// A claim does not have its JSON type, or a value that it can never have.
    case claimMalformed(TokenClaim)
    /// `iss` is not Google's.
    case issuerNotGoogle
    /// `exp` has passed.
    case expired
    /// `exp` is further away than a token's lifetime.
    case expiresTooLate
    /// `exp` is not later than `iat`.
    case expiresBeforeIssued
    /// `exp` and `iat` lie further apart than a token's lifetime.
    case lifetimeTooLong
    /// `iat` is in the future.
    case issuedInFuture
    /// `nbf` is in the future.
    case notYetValid
    /// A good token of Google, of a caller that may not push.
    case forbidden(CallerFault, RefusedIdentity)

    /// How a refusal is answered.
    package enum Answer: Sendable {
        /// 401: it is not shown who is calling.
        case unauthenticated
        /// 403: Google says who is calling, and that caller may not.
        case forbidden
    }

    /// How this refusal is answered.
    package var answer: Answer {
        refusedIdentity == nil ? .unauthenticated : .forbidden
    }

    /// Who was refused, where Google's signature vouches for it; to be escaped before it is logged.
    package var refusedIdentity: RefusedIdentity? {
        if case .forbidden(_, let identity) = self { identity } else { nil }
    }
}

/// Why a caller that Google vouches for may not push.
package enum CallerFault: String, CaseIterable, Sendable {
    /// The token is for another audience.
    case otherAudience = "other-audience"
    /// The token is another account's.
    case otherServiceAccount = "other-service-account"
    /// Google has not verified the e-mail address.
    case emailNotVerified = "email-not-verified"
}

/// The verified caller that a refusal is about.
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

/// Header parameters that are refused wherever they occur (RFC 7515, section 4.1; RFC 7516; RFC 7797).
package enum ForbiddenHeaderParameter: String, CaseIterable, Sendable {
    /// Extensions that must be understood; none is.
    case critical = "crit"
    /// Unencoded payload.
    case base64 = "b64"
    /// Nested tokens.
    case contentType = "cty"
    case compression = "zip"
    case encryption = "enc"
    /// A key, or where to fetch one. Keys come from Google's key set alone.
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

/// The claims that are read.
package enum TokenClaim: String, CaseIterable, Sendable {
    /// Who issued it.
    case issuer = "iss"
    /// Until when it is good, in seconds since 1970.
    case expiry = "exp"
    /// When it was issued, in seconds since 1970.
    case issuedAt = "iat"
    /// From when it is good, in seconds since 1970; optional.
    case notBefore = "nbf"
    /// For whom it is meant.
    case audience = "aud"
    /// The service account.
    case email = "email"
    /// Whether Google has verified the address.
    case emailVerified = "email_verified"
    /// The account's number; optional and used for nothing.
    case subject = "sub"
}
