/// A resource whose allow policy is cleaned: `projects/ID`, `folders/N` or `organizations/N`.
package enum PolicyResource: Hashable, Sendable, CustomStringConvertible {
    case project(ProjectID)
    case container(ResourceContainer)

    /// Parses a name; nil if the text is not valid.
    package init?(_ name: String) {
        let prefix = "projects/"
        if name.hasPrefix(prefix) {
            guard let project = ProjectID(Substring(name.utf8.dropFirst(prefix.utf8.count))) else { return nil }
            self = .project(project)
        } else {
            guard let container = ResourceContainer(name) else { return nil }
            self = .container(container)
        }
    }

    /// The name as in Resource Manager, log lines and messages.
    package var name: String {
        switch self {
        case .project(let project): "projects/\(project)"
        case .container(let container): container.name
        }
    }

    package var description: String { name }

    /// The project's ID; nil for a folder or an organization.
    package var projectID: String? {
        if case .project(let project) = self { project.value } else { nil }
    }

    /// The name in a URL's path.
    var path: String {
        switch self {
        case .project(let project): "projects/\(project.pathSegment)"
        case .container(let container): container.name
        }
    }

    package var kind: ResourceKind {
        switch self {
        case .project: .projects
        case .container(let container): container.name.hasPrefix("folders/") ? .folders : .organizations
        }
    }
}

/// The kinds of resources whose policies can be cleaned.
package enum ResourceKind: String, CaseIterable, Sendable {
    case projects, folders, organizations
}
