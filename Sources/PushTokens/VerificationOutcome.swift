/// The result of verifying one push's credentials.
package enum VerificationOutcome: Sendable {
    /// The push comes from an authorized account.
    case verified
    /// The caller is not authorized, or not authenticated: 401 or 403, as given by ``TokenRejection/answer``.
    case rejected(TokenRejection)
    /// Google's keys are unavailable, so the token could not be checked: 503.
    case keysUnavailable(KeyFetchError)
}
