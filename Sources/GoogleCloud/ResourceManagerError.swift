internal import HTTPTransport
internal import Timestamps

/// Why a policy could not be checked, or why expired bindings remain in it: from a single call to the response to a
/// push.
///
/// Details are Google's error message or the transport's, bounded in length; they never contain a policy, but may
/// contain text from third parties, so they are escaped when logged.
package enum ResourceManagerError: Error, Equatable, Sendable {
    /// The policy has changed since it was read (409, 412, `ABORTED`): read again, decide again.
    case conflict
    /// The quota is exhausted (429, or 403 with `RATE_LIMIT_EXCEEDED`); with the wait that the server asks for, in
    /// seconds.
    case rateLimited(retryAfterSeconds: Int64?, detail: String)
    /// No response in time: a write may have been applied, so read first.
    case timedOut(mayHaveBeenApplied: Bool)
    /// No response, or an inconclusive one (5xx, 408, truncated, not JSON): a write may have been applied, so read
    /// first.
    case unavailable(detail: String, mayHaveBeenApplied: Bool)
    /// No permission, or no such project (403): Google does not say which. Applies to the whole resource if Google
    /// names the permission to set policies; otherwise it may concern only some of a write's roles.
    case permissionDenied(detail: String, isWhole: Bool)
    /// No such project (404).
    case notFound(detail: String)
    /// The Resource Manager API is disabled in the caller's project (403 with `SERVICE_DISABLED`).
    case serviceDisabled(detail: String)
    /// IAM rejects the request or the policy (400).
    case invalidArgument(detail: String)
    /// No access token, or none that Google accepts (401).
    case credentials(detail: String)
    /// A status with no defined meaning here.
    case unexpected(status: Int)
    /// The time limit was reached; `last` is the last failure before it.
    case outOfTime(last: String)
    /// The policy cannot be represented losslessly, or is not safe to write.
    case policyNotUnderstood(detail: String)
    /// The service is shutting down, or the caller has gone.
    case cancelled

    /// Classifies a response other than 200 (https://docs.cloud.google.com/resource-manager/docs/core_errors).
    init(_ response: TransportResponse, isWrite: Bool, now: Instant) {
        let error = ErrorEnvelope(response)
        if error.status == "ABORTED" {
            self = .conflict
            return
        }
        switch (response.status, error.reason) {
        case (400, _) where !error.isGoogle, (403, _) where !error.isGoogle, (404, _) where !error.isGoogle:
            // A wrong address must not pass for Google's definitive response about a project.
            self = .unexpected(status: response.status)
        case (409, _), (412, _):
            self = .conflict
        case (429, _), (403, "RATE_LIMIT_EXCEEDED"), (403, "rateLimitExceeded"), (403, "userRateLimitExceeded"):
            self = .rateLimited(retryAfterSeconds: RetryAfter.seconds(response, now: now), detail: error.message)
        case (403, "SERVICE_DISABLED"), (403, "accessNotConfigured"):
            self = .serviceDisabled(detail: error.message)
        case (403, _):
            let isWhole = error.permission?.hasSuffix(".setIamPolicy") ?? false
            self = .permissionDenied(detail: error.message, isWhole: isWhole)
        case (400, _):
            self = .invalidArgument(detail: error.message)
        case (401, _):
            self = .credentials(detail: error.message)
        case (404, _):
            self = .notFound(detail: error.message)
        case (408, _), (500...599, _):
            self = .unavailable(detail: error.message, mayHaveBeenApplied: isWrite)
        case (let status, _):
            self = .unexpected(status: status)
        }
    }

    /// Classifies a missing response.
    init(_ failure: GoogleAPI.Failure, isWrite: Bool) {
        switch failure {
        case .credentials(let error): self = .credentials(detail: error.detail)
        case .transport(.timedOut): self = .timedOut(mayHaveBeenApplied: isWrite)
        case .transport(let error):
            self = .unavailable(detail: error.detail, mayHaveBeenApplied: isWrite && error.mayHaveBeenSent)
        }
    }

    /// Whether a write that failed like this may have been applied.
    package var mayHaveBeenApplied: Bool {
        switch self {
        case .timedOut(let mayHave), .unavailable(_, let mayHave): mayHave
        case .unexpected: true
        case .conflict, .rateLimited, .permissionDenied, .notFound, .serviceDisabled, .invalidArgument, .credentials,
            .outOfTime, .policyNotUnderstood, .cancelled:
            false
        }
    }
}

extension ResourceManagerError {
    /// Whether a retry is unlikely to help; such failures are not retried.
    package var isPermanent: Bool {
        switch self {
        case .permissionDenied, .notFound, .invalidArgument, .policyNotUnderstood: true
        case .conflict, .timedOut, .outOfTime, .unavailable, .unexpected, .rateLimited, .credentials, .serviceDisabled,
            .cancelled:
            false
        }
    }

    package var reason: String {
        switch self {
        case .conflict, .timedOut, .outOfTime: "out-of-time"
        case .unavailable, .unexpected: "unavailable"
        case .rateLimited: "rate-limited"
        case .credentials: "no-credentials"
        case .serviceDisabled: "service-disabled"
        case .permissionDenied: "permission-denied"
        case .notFound: "project-not-found"
        case .invalidArgument: "policy-refused"
        case .policyNotUnderstood: "policy-not-understood"
        case .cancelled: "cancelled"
        }
    }

    package var detail: String {
        switch self {
        case .conflict: "the policy had changed since it was read"
        case .timedOut: "no answer from Resource Manager in time"
        case .unexpected(let status): "unexpected answer: HTTP \(status)"
        case .rateLimited(_, let text), .unavailable(let text, _), .permissionDenied(let text, _), .notFound(let text),
            .serviceDisabled(let text), .invalidArgument(let text), .credentials(let text), .outOfTime(let text),
            .policyNotUnderstood(let text):
            text
        case .cancelled: "cancelled"
        }
    }
}
