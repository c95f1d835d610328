internal import Cleanup
internal import GoogleCloud

/// Why nothing could be done, or found out, about a project, folder or organization.
struct ProjectFailure: Equatable, Sendable {
    /// The kind, a constant for scripts.
    let reason: String
    /// What Google said, or what else is known.
    let detail: String

    init(reason: String, detail: String) {
        self.reason = reason
        self.detail = detail
    }

    init(commit failure: CommitFailure) {
        self.init(reason: failure.reason, detail: failure.detail)
    }

    init(read error: ResourceManagerError) {
        switch error {
        case .conflict: self.init(reason: "unavailable", detail: "conflict")
        case .rateLimited(let seconds): self.init(commit: .rateLimited(retryAfterSeconds: seconds))
        case .unavailable(let detail, _): self.init(reason: "unavailable", detail: detail)
        case .permissionDenied(let detail): self.init(commit: .permissionDenied(detail))
        case .notFound(let detail): self.init(commit: .notFound(detail))
        case .serviceDisabled(let detail): self.init(commit: .serviceDisabled(detail))
        case .invalidArgument(let detail): self.init(commit: .refused(detail))
        case .credentials(let detail): self.init(commit: .credentials(detail))
        case .unexpected(let status): self.init(reason: "unavailable", detail: "unexpected HTTP status \(status)")
        }
    }
}

/// A folder or organization of which not everything is known.
struct ParentFailure: Equatable, Sendable {
    /// `folders/N` or `organizations/N`.
    let parent: String
    let failure: ProjectFailure
}
