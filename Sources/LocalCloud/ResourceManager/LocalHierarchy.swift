internal import Base64
internal import LosslessJSON
internal import Synchronization

/// Resource Manager v3, as far as listing what is in folders and organizations goes.
///
/// https://cloud.google.com/resource-manager/reference/rest/v3/projects/list
package final class LocalHierarchy: Sendable {
    /// Whether a project or folder is there, or waits to be deleted.
    package enum LifecycleState: String, Sendable {
        case active = "ACTIVE"
        case deleteRequested = "DELETE_REQUESTED"
    }

    /// What is listed.
    enum Collection: String {
        case projects
        case folders

        /// The permission that it takes on the parent.
        var permission: HierarchyPermission {
            switch self {
            case .projects: .listProjects
            case .folders: .listFolders
            }
        }
    }

    private struct Child {
        let parent: String
        let sortKey: String
        let state: LifecycleState
        let json: JSONText
    }

    private struct State {
        var containers: Set<String> = []
        var children: [Collection: [Child]] = [:]
        var denied: Set<String> = []
        var largestPage = 100
        var lastNumber: Int64 = 415_104_041_262
    }

    private let state = Mutex(State())

    init() {}

    /// Makes an organization: `organizations/N`.
    package func addOrganization(_ name: String) {
        state.withLock { _ = $0.containers.insert(name) }
    }

    /// Makes a folder, `folders/N`, in a folder or organization.
    package func addFolder(_ name: String, in parent: String, state lifecycle: LifecycleState = .active) {
        let json: JSONText = [
            "name": .string(name), "parent": .string(parent), "displayName": .string(name),
            "state": .string(lifecycle.rawValue), "createTime": "2024-01-31T08:00:00.000Z",
        ]
        state.withLock { state in
            state.containers.insert(name)
            let child = Child(parent: parent, sortKey: name, state: lifecycle, json: json)
            state.children[.folders, default: []].append(child)
        }
    }

    /// Adds a project to a folder or organization; its policy is set separately.
    package func addProject(_ projectID: String, in parent: String, state lifecycle: LifecycleState = .active) {
        state.withLock { state in
            state.lastNumber += 1
            let json: JSONText = [
                "name": .string("projects/\(state.lastNumber)"), "parent": .string(parent),
                "projectId": .string(projectID), "state": .string(lifecycle.rawValue),
                "displayName": .string(projectID), "createTime": "2024-01-31T08:00:00.000Z",
            ]
            let child = Child(parent: parent, sortKey: projectID, state: lifecycle, json: json)
            state.children[.projects, default: []].append(child)
        }
    }

    /// Refuses a permission on a folder or organization from now on, or grants it again.
    package func setDenied(_ isDenied: Bool, _ permission: HierarchyPermission, on container: String) {
        state.withLock { state in
            if isDenied {
                state.denied.insert("\(permission.rawValue) \(container)")
            } else {
                state.denied.remove("\(permission.rawValue) \(container)")
            }
        }
    }

    /// Sets the largest page returned, whatever size is requested.
    package func setLargestPage(_ count: Int) {
        state.withLock { $0.largestPage = max(1, count) }
    }

    /// `GET /v3/projects?parent=…` and `GET /v3/folders?parent=…`.
    func list(_ collection: Collection, query: String) -> LocalReply {
        do throws(GoogleError) {
            return LocalReply(json: try page(of: collection, query))
        } catch {
            return error.reply
        }
    }

    private func page(of collection: Collection, _ query: String) throws(GoogleError) -> [UInt8] {
        let parameters = FormText.parse(query)
        let parent = parameters["parent"] ?? ""
        guard parent.hasPrefix("folders/") || parent.hasPrefix("organizations/") else {
            throw .invalidArgument("Request contains an invalid argument.")
        }
        let state = state.withLock { $0 }
        let permission = collection.permission.rawValue
        guard state.containers.contains(parent), !state.denied.contains("\(permission) \(parent)") else {
            throw .permissionDenied(permission, on: parent)
        }
        let start = try start(parameters["pageToken"] ?? "", collection, parent)
        let asked = Int(parameters["pageSize"] ?? "").flatMap { $0 > 0 ? $0 : nil } ?? .max
        let showsDeleted = parameters["showDeleted"] == "true"
        let children = (state.children[collection] ?? [])
            .filter { $0.parent == parent && (showsDeleted || $0.state == .active) }
            .sorted { $0.sortKey < $1.sortKey }
        let page = children.dropFirst(start).prefix(min(asked, state.largestPage))
        var members: [(name: String, value: JSONText)] = []
        // An empty list is left out of answers.
        if !page.isEmpty { members.append((collection.rawValue, .array(page.map(\.json)))) }
        let end = start + page.count
        if end < children.count {
            members.append(("nextPageToken", .string(Self.token(collection, parent, end))))
        }
        return JSONText.object(members).bytes(.indented)
    }

    private static func token(_ collection: Collection, _ parent: String, _ start: Int) -> String {
        Base64.encode(Array("\(collection.rawValue)?\(parent)?\(start)".utf8))
    }

    /// Where a page begins; a token of another list is refused, as Google does.
    private func start(_ token: String, _ collection: Collection, _ parent: String) throws(GoogleError) -> Int {
        guard !token.isEmpty else { return 0 }
        let parts = Base64.decode(Array(token.utf8)).map { String(decoding: $0, as: UTF8.self).split(separator: "?") }
        guard let parts, parts.count == 3, parts[0] == collection.rawValue, parts[1] == parent,
            let start = Int(parts[2]), start >= 0
        else { throw .invalidArgument("The page token is invalid.") }
        return start
    }
}

/// A permission on a folder or organization.
package enum HierarchyPermission: String, Sendable {
    case listProjects = "resourcemanager.projects.list"
    case listFolders = "resourcemanager.folders.list"
}
