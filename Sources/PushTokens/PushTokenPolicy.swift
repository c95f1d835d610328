internal import Timestamps

/// What a Google token must say to count as a push of the configured subscription.
package struct PushTokenPolicy: Sendable {
    /// The only issuer; Pub/Sub never sends the older spelling without the scheme
    /// (https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
    package static let issuer = "https://accounts.google.com"
    private static let issuerBytes = Array(issuer.utf8)
    /// How far Google's clock and ours may differ, in seconds.
    package static let clockSkewSeconds: Int64 = 60
    /// How long Google's tokens live, in seconds.
    package static let lifetimeSeconds: Int64 = 3600

    private let audience: [UInt8]
    private let serviceAccounts: [[UInt8]]

    /// Creates a policy.
    ///
    /// - Parameters:
    ///   - audience: The audience configured in the subscription, compared byte for byte.
    ///   - serviceAccounts: The email addresses that may push, compared byte for byte.
    /// - Throws: ``PushTokenPolicyError``, since a policy lacking either would accept tokens from anyone.
    package init(audience: String, serviceAccounts: [String]) throws(PushTokenPolicyError) {
        guard !audience.isEmpty else { throw .audienceEmpty }
        guard !serviceAccounts.isEmpty else { throw .serviceAccountsEmpty }
        guard serviceAccounts.allSatisfy({ !$0.isEmpty }) else { throw .serviceAccountEmpty }
        self.audience = Array(audience.utf8)
        self.serviceAccounts = serviceAccounts.map { Array($0.utf8) }
    }

    /// Checks claims that Google has signed.
    ///
    /// The caller's identity is checked last: a rejection that names the caller requires an otherwise valid token.
    func check(_ claims: TokenClaims, at now: Instant) throws(TokenRejection) {
        guard claims.issuer == Self.issuerBytes else { throw .issuerNotGoogle }
        try checkTimes(claims, at: now)
        guard claims.audience == audience else { throw .forbidden(.otherAudience, RefusedIdentity(claims)) }
        guard serviceAccounts.contains(claims.email) else {
            throw .forbidden(.otherServiceAccount, RefusedIdentity(claims))
        }
        guard claims.isEmailVerified else { throw .forbidden(.emailNotVerified, RefusedIdentity(claims)) }
    }

    /// Pub/Sub sends the same token with many messages for up to an hour, so an old `iat` alone is no fault.
    private func checkTimes(_ claims: TokenClaims, at now: Instant) throws(TokenRejection) {
        let skew = Self.clockSkewSeconds
        let expiry = Instant(seconds: claims.expiry)
        guard expiry > now.adding(seconds: -skew) else { throw .expired }
        guard expiry <= now.adding(seconds: Self.lifetimeSeconds + skew) else { throw .expiresTooLate }
        guard Instant(seconds: claims.issuedAt) <= now.adding(seconds: skew) else { throw .issuedInFuture }
        if let notBefore = claims.notBefore, Instant(seconds: notBefore) > now.adding(seconds: skew) {
            throw .notYetValid
        }
        // Google writes a difference of exactly an hour; the two claims may come from clocks that are each off.
        let (lifetime, overflow) = claims.expiry.subtractingReportingOverflow(claims.issuedAt)
        guard !overflow, lifetime > 0 else { throw .expiresBeforeIssued }
        guard lifetime <= Self.lifetimeSeconds + 2 * skew else { throw .lifetimeTooLong }
    }
}

extension RefusedIdentity {
    fileprivate init(_ claims: TokenClaims) {
        self.init(
            email: String(decoding: claims.email, as: UTF8.self),
            audience: String(decoding: claims.audience, as: UTF8.self)
        )
    }
}

/// Why a policy is invalid.
package enum PushTokenPolicyError: Error, Equatable, Sendable {
    /// The audience is empty.
    case audienceEmpty
    /// There is no service account.
    case serviceAccountsEmpty
    /// A service account's address is empty.
    case serviceAccountEmpty
}
