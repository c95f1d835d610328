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

    init(_ error: ResourceManagerError) {
        self.init(reason: error.reason, detail: error.detail)
    }
}

/// A folder or organization of which not everything is known.
struct ParentFailure: Equatable, Sendable {
    /// `folders/N` or `organizations/N`.
    let parent: String
    let failure: ProjectFailure
}
