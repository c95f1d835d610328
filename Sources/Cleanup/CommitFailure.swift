package import IAMPolicy

/// Why a policy could not be looked at, or expired bindings stay in it.
package enum CommitFailure: Error, Equatable, Sendable {
    /// Conflicts or time-outs of this one resource used up the time allowed; the detail is the last of them.
    case outOfTime(last: String)
    /// Google's services fail or cannot be reached.
    case unavailable(String)
    /// Google asks to wait.
    case rateLimited(retryAfterSeconds: Int64?, detail: String)
    /// There is no access token.
    case credentials(String)
    /// The Resource Manager API is not enabled in the service's own project.
    case serviceDisabled(String)
    /// A permission is missing, or the project does not exist.
    case permissionDenied(String)
    /// The project does not exist.
    case notFound(String)
    /// IAM refuses the policy (400).
    case refused(String)
    /// The policy cannot be represented without loss, or is not safe to write.
    case policy(PolicyError)
    /// The service is shutting down or the caller has gone.
    case cancelled

    /// Whether trying again later is unlikely to help; such failures end in giving up.
    package var isPermanent: Bool {
        switch self {
        case .permissionDenied, .notFound, .refused, .policy: true
        case .outOfTime, .unavailable, .rateLimited, .credentials, .serviceDisabled, .cancelled: false
        }
    }

    /// The kind of failure, a constant for logs and metrics.
    package var reason: String {
        switch self {
        case .outOfTime: "out-of-time"
        case .unavailable: "unavailable"
        case .rateLimited: "rate-limited"
        case .credentials: "no-credentials"
        case .serviceDisabled: "service-disabled"
        case .permissionDenied: "permission-denied"
        case .notFound: "project-not-found"
        case .refused: "policy-refused"
        case .policy: "policy-not-understood"
        case .cancelled: "cancelled"
        }
    }

    /// What Google or the service said about it; may hold text of others, so it is escaped where it is logged.
    package var detail: String {
        switch self {
        case .outOfTime(let text), .unavailable(let text), .rateLimited(_, let text), .credentials(let text),
            .serviceDisabled(let text), .permissionDenied(let text), .notFound(let text), .refused(let text):
            text
        case .policy(let error): "\(error)"
        case .cancelled: "cancelled"
        }
    }
}
