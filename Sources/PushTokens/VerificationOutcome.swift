/// What came of the credentials of one push.
package enum VerificationOutcome: Sendable {
    /// The push comes from an account that may push.
    case verified
    /// It does not, or nothing shows that it does: 401 or 403, as ``TokenRejection/answer`` says.
    case rejected(TokenRejection)
    /// Google's keys cannot be had, so nothing is known about the token: 503.
    case keysUnavailable(KeyFetchError)
}
