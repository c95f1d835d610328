internal import HTTPTransport
internal import LosslessJSON
internal import Timestamps

/// The two calls of Resource Manager v3 that list the children of a folder or an organization
/// (https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/list, …/v3/folders/list).
///
/// They need `resourcemanager.projects.list` and `resourcemanager.folders.list` there. Only active, direct children are
/// listed.
extension ResourceManager {
    /// The page size requested; Google may return fewer.
    private static let pageSize = 500
    /// The most children read from one container, so that a faulty server cannot keep a command busy forever.
    static let maximumChildren = 100_000

    private static let pageRules = JSONRules(
        maximumDepth: 32,
        maximumBytes: maximumResponseBytes,
        allowsDuplicateNames: true,
        allowsNUL: true
    )

    /// The active projects directly in a container, in Google's order.
    ///
    /// - Parameters:
    ///   - container: The folder or organization.
    ///   - duration: The time for all pages and retries.
    /// - Returns: Their IDs, as Google wrote them.
    /// - Throws: ``ResourceManagerError``; then nothing is known, not even a part.
    package func projects(
        in container: ResourceContainer,
        within duration: Duration
    ) async throws(ResourceManagerError) -> [String] {
        try await list("projects", idField: "projectId", in: container, within: duration)
    }

    /// The active folders directly in a container, in Google's order; parameters and errors are those of
    /// ``projects(in:within:)``.
    package func folders(
        in container: ResourceContainer,
        within duration: Duration
    ) async throws(ResourceManagerError) -> [ResourceContainer] {
        var folders: [ResourceContainer] = []
        for name in try await list("folders", idField: "name", in: container, within: duration) {
            guard let folder = ResourceContainer(name), name.hasPrefix("folders/") else {
                throw .unavailable(detail: "folder without a number", mayHaveBeenApplied: false)
            }
            folders.append(folder)
        }
        return folders
    }

    private func list(
        _ collection: String,
        idField: String,
        in container: ResourceContainer,
        within duration: Duration
    ) async throws(ResourceManagerError) -> [String] {
        let deadline = api.time.uptime() + duration
        let retries = ReadRetries(time: api.time)
        var result: [String] = []
        var seen: Set<String> = []
        var token: String?
        repeat {
            let path = Self.path(collection, container, pageToken: token)
            let page = try await retries.run(within: deadline - api.time.uptime()) {
                (time: Duration) async throws(ResourceManagerError) -> Page in
                try await self.page(path, collection, idField: idField, within: time)
            }
            result += page.ids
            token = page.nextToken
            if let token, !seen.insert(token).inserted {
                throw .unavailable(detail: "list that begins anew", mayHaveBeenApplied: false)
            }
            // Pages may be empty, so their number is limited too.
            guard result.count <= Self.maximumChildren, seen.count <= Self.maximumChildren else {
                throw .unavailable(detail: "list of more than \(Self.maximumChildren)", mayHaveBeenApplied: false)
            }
        } while token != nil
        return result
    }

    private struct Page: Sendable {
        var ids: [String]
        var nextToken: String?
    }

    private func page(
        _ path: String,
        _ collection: String,
        idField: String,
        within duration: Duration
    ) async throws(ResourceManagerError) -> Page {
        let response = try await self.response(isWrite: false) { () async throws(GoogleAPI.Failure) in
            try await api.get(baseURL + path, within: duration, responseBytes: Self.maximumResponseBytes)
        }
        guard let page = Self.read(response.body, collection, idField: idField) else {
            throw .unavailable(detail: "list that is not understood", mayHaveBeenApplied: false)
        }
        return page
    }

    /// Parses a page; nil if it is invalid, or does not name a child the way Google does.
    private static func read(_ body: [UInt8], _ collection: String, idField: String) -> Page? {
        guard let root = try? JSONDocument(body, rules: pageRules).root, root.kind == .object else { return nil }
        var page = Page(ids: [])
        if let children = root[collection] {
            guard let elements = children.elements else { return nil }
            for child in elements {
                guard let id = child[idField]?.string, let state = child["state"]?.string else { return nil }
                if state == "ACTIVE" { page.ids.append(id) }
            }
        }
        if let token = root["nextPageToken"], !token.isNull {
            guard let text = token.string else { return nil }
            page.nextToken = text.isEmpty ? nil : text
        }
        return page
    }

    private static func path(_ collection: String, _ container: ResourceContainer, pageToken: String?) -> String {
        let page = pageToken.map { "&pageToken=\(PercentEncoding.encode($0))" } ?? ""
        return "/v3/\(collection)?parent=\(PercentEncoding.encode(container.name))&pageSize=\(pageSize)\(page)"
    }
}
