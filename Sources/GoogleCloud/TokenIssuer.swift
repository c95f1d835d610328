internal import LosslessJSON

/// Issues access tokens for one kind of credentials; each is new, nothing is cached.
package protocol TokenIssuer: Sendable {
    /// Fetches a new token.
    ///
    /// - Throws: ``AccessTokenError``, whose text names the service or the field at fault and no secret.
    func issue() async throws(AccessTokenError) -> IssuedToken
}

/// A token, and how long it is valid from when it was requested.
package struct IssuedToken: Sendable {
    /// The longest validity accepted, in seconds.
    static let maximumLifetime: Int64 = 24 * 3600
    /// The largest response read, in bytes.
    package static let maximumAnswerBytes = 64 * 1024
    private static let rules = JSONRules(maximumDepth: 4, maximumBytes: maximumAnswerBytes)

    package let token: AccessToken
    package let lifetime: Duration

    /// Creates an issued token.
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - seconds: How long it is valid; negative for an expired token.
    package init(_ token: AccessToken, seconds: Int64) {
        self.token = token
        lifetime = .seconds(min(max(seconds, 0), Self.maximumLifetime))
    }

    /// The same token, charging another project's quota.
    package func charged(to project: ProjectID?) -> IssuedToken {
        IssuedToken(token: token.charged(to: project), lifetime: lifetime)
    }

    private init(token: AccessToken, lifetime: Duration) {
        self.token = token
        self.lifetime = lifetime
    }

    /// Parses a token endpoint's response (RFC 6749, section 5.1); nil if it is invalid.
    package init?(answer: [UInt8]) {
        guard let root = try? JSONDocument(answer, rules: Self.rules).root,
            let text = root["access_token"]?.string, let token = AccessToken(text),
            let seconds = root["expires_in"]?.integer, seconds >= 0,
            root["token_type"]?.string?.lowercased() == "bearer"
        else { return nil }
        self.init(token, seconds: seconds)
    }
}
