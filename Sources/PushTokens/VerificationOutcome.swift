package import Timestamps

/// What came of the credentials of one push.
package enum VerificationOutcome: Sendable {
    /// The push comes from an account that may push.
    case verified(VerifiedPushToken)
    /// It does not, or nothing shows that it does: 401 or 403, as ``TokenRejection/answer`` says.
    case rejected(TokenRejection)
    /// Google's keys cannot be had, so nothing is known about the token: 503.
    case keysUnavailable(KeyFetchError)
    /// Too many signatures wait to be checked: 503.
    case overloaded
}

/// A push token that passed every check; there is no other way to a value of this type.
package struct VerifiedPushToken: Sendable {
    /// The service account that pushes.
    package let email: String
    /// The audience.
    package let audience: String
    /// The account's number, where the token has it; for the log only.
    package let subject: String?
    /// When the token was issued.
    package let issuedAt: Instant
    /// Until when the token is good, clock skew aside.
    package let expiry: Instant

    init(_ claims: TokenClaims) {
        email = String(decoding: claims.email, as: UTF8.self)
        audience = String(decoding: claims.audience, as: UTF8.self)
        subject = claims.subject
        issuedAt = Instant(seconds: claims.issuedAt)
        expiry = Instant(seconds: claims.expiry)
    }
}
