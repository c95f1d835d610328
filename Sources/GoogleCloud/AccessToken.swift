/// An OAuth access token (RFC 6750).
package struct AccessToken: Hashable, Sendable, CustomStringConvertible {
    /// The longest token that is taken, in bytes.
    package static let maximumBytes = 8 * 1024

    /// The token itself: printable ASCII without spaces, so it cannot leave its header field.
    package let value: String

    /// The project that pays for what is called with the token, where it is not the token's own
    /// (https://docs.cloud.google.com/docs/quotas/set-quota-project).
    package let quotaProject: ProjectID?

    /// A token; nil if it could not be sent.
    package init?(_ value: String, quotaProject: ProjectID? = nil) {
        guard (1...Self.maximumBytes).contains(value.utf8.count),
            value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.value = value
        self.quotaProject = quotaProject
    }

    /// The header fields of a request that is made with the token.
    package var headers: [(name: String, value: String)] {
        let project = quotaProject.map { [(name: "x-goog-user-project", value: $0.value)] } ?? []
        return [(name: "Authorization", value: "Bearer \(value)")] + project
    }

    /// The same token for another project's quota.
    func charged(to project: ProjectID?) -> AccessToken {
        AccessToken(value, quotaProject: project) ?? self
    }

    /// Never the token, so that no log gets it.
    package var description: String { "AccessToken(\(value.utf8.count) bytes)" }
}

/// Where access tokens come from.
package protocol AccessTokenSource: Sendable {
    /// A token that is good for a while yet.
    ///
    /// - Throws: ``AccessTokenError`` if there is none to be had.
    func token() async throws(AccessTokenError) -> AccessToken

    /// Says that Google refused this token, so that the next call brings another.
    func invalidate(_ token: AccessToken) async
}

/// Why there is no access token.
package enum AccessTokenError: Error, Equatable, Sendable {
    /// The source did not answer, or not well; it may do so later.
    case unavailable(String)
    /// The source answered that there is none: no service account, say.
    case refused(String)
}
