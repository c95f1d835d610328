internal import GoogleCloud

/// Why a project, folder or organization could not be processed or read completely.
struct ProjectFailure: Equatable, Sendable {
    /// The kind of failure; a constant for scripts.
    let reason: String
    /// Google's message, or other details.
    let detail: String

    init(reason: String, detail: String) {
        self.reason = reason
        self.detail = detail
    }

    init(_ error: ResourceManagerError) {
        self.init(reason: error.reason, detail: error.detail)
    }
}

/// A project, folder or organization that could not be read completely.
struct ParentFailure: Equatable, Sendable {
    /// `projects/ID`, `folders/N` or `organizations/N`.
    let parent: String
    let failure: ProjectFailure
}
