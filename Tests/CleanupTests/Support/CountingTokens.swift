import GoogleCloud

/// Tokens `token-1`, `token-2`, …: a new one after each invalidation.
actor CountingTokens: AccessTokenSource {
    private var invalidated = 0

    func token() async throws(AccessTokenError) -> AccessToken {
        guard let token = AccessToken("token-\(invalidated + 1)") else { throw .refused("malformed") }
        return token
    }

    func invalidate(_ token: AccessToken) { invalidated += 1 }
}
