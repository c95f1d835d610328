package import GoogleCloud

/// Tokens `token-1`, `token-2`, …: a new one after each invalidation.
package actor CountingTokens: AccessTokenSource {
    package private(set) var invalidated: [String] = []

    package init() {}

    package func token() async throws(AccessTokenError) -> AccessToken {
        guard let token = AccessToken("token-\(invalidated.count + 1)") else { throw .refused("malformed") }
        return token
    }

    package func invalidate(_ token: AccessToken) { invalidated.append(token.value) }
}
