/// An OAuth access token (RFC 6750).
package struct AccessToken: Hashable, Sendable, CustomStringConvertible {
    /// The longest token accepted, in bytes.
    package static let maximumBytes = 8 * 1024

    /// The token itself: printable ASCII without spaces, so it cannot break out of its header field.
    package let value: String

    /// The project charged for calls with the token, if it is not the token's own
    /// (https://docs.cloud.google.com/docs/quotas/set-quota-project).
    package let quotaProject: ProjectID?

    /// Creates a token; nil if the value cannot be sent in a header.
    package init?(_ value: String, quotaProject: ProjectID? = nil) {
        guard (1...Self.maximumBytes).contains(value.utf8.count),
            value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.value = value
        self.quotaProject = quotaProject
    }

    /// The header fields of a request made with the token.
    package var headers: [(name: String, value: String)] {
        let project = quotaProject.map { [(name: "x-goog-user-project", value: $0.value)] } ?? []
        return [(name: "Authorization", value: "Bearer \(value)")] + project
    }

    /// The same token, charging another project's quota.
    func charged(to project: ProjectID?) -> AccessToken {
        AccessToken(value, quotaProject: project) ?? self
    }

    /// Never shows the token, so that it cannot end up in a log.
    package var description: String { "AccessToken(\(value.utf8.count) bytes)" }
}

package protocol AccessTokenSource: Sendable {
    /// A token that is still valid for a while.
    ///
    /// - Throws: ``AccessTokenError`` if no token is available.
    func token() async throws(AccessTokenError) -> AccessToken

    /// Reports that Google rejected this token, so that the next call returns another.
    func invalidate(_ token: AccessToken) async
}

/// Why there is no access token.
package enum AccessTokenError: Error, Equatable, Sendable {
    /// The source gave no usable response; it may do so later.
    case unavailable(String)
    /// The source answered that it has no token: no service account, say.
    case refused(String)
}
