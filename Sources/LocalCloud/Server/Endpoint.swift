/// One of the endpoints that the local cloud has.
package enum Endpoint: String, Hashable, CaseIterable, Sendable {
    /// The metadata server's access tokens.
    case accessToken
    /// The metadata server's plain values.
    case metadata
    /// OAuth: tokens for assertions and refresh tokens.
    case oauthToken
    /// The Security Token Service: exchanges other clouds' tokens.
    case securityToken
    /// IAM Service Account Credentials: exchanges tokens for a service account's.
    case generateAccessToken
    /// The public keys for push tokens.
    case keys
    /// Resource Manager, reading a policy.
    case getIamPolicy
    /// Resource Manager, writing a policy.
    case setIamPolicy
    /// Resource Manager, listing the projects of a folder or organization.
    case listProjects
    /// Resource Manager, listing the folders of a folder or organization.
    case listFolders
    /// Pub/Sub, publishing.
    case publish
    /// Pub/Sub, setting a subscription back.
    case seek
    /// Cloud Tasks, making a task.
    case createTask
    /// The relay between the Pub/Sub emulator and the service.
    case relay
    case unknown
}

/// What a request is for.
package struct Route: Hashable, Sendable {
    package let endpoint: Endpoint
    /// A project ID, a topic or subscription name (`projects/P/topics/T`), the parent of what is listed, a service
    /// account, or the metadata key; empty otherwise.
    package let resource: String

    /// The route of a request.
    package init(method: String, path: String, query: String = "") {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        (endpoint, resource) = Self.find(method, segments, query)
    }

    private static func find(_ method: String, _ segments: [String], _ query: String) -> (Endpoint, String) {
        switch (method, segments.first, segments.count) {
        case ("GET", "computeMetadata", 3...) where segments[1] == "v1":
            let key = segments.dropFirst(2).joined(separator: "/")
            return (key == "instance/service-accounts/default/token" ? .accessToken : .metadata, key)
        case ("GET", "oauth2", 3) where segments[1] == "v3" && segments[2] == "certs":
            return (.keys, "")
        case ("POST", "token", 1): return (.oauthToken, "")
        case ("POST", "v1", 2) where segments[1] == "token": return (.securityToken, "")
        case ("POST", "v1", 5) where segments[1...3] == ["projects", "-", "serviceAccounts"]:
            return custom(segments[4], ["generateAccessToken": .generateAccessToken])
        case ("POST", "v3", 3) where ["projects", "folders", "organizations"].contains(segments[1]):
            let (endpoint, id) = custom(segments[2], ["getIamPolicy": .getIamPolicy, "setIamPolicy": .setIamPolicy])
            // Projects go by their IDs here, all else by its whole name.
            return (endpoint, segments[1] == "projects" ? id : "\(segments[1])/\(id)")
        case ("GET", "v3", 2) where segments[1] == "projects":
            return (.listProjects, FormText.parse(query)["parent"] ?? "")
        case ("GET", "v3", 2) where segments[1] == "folders":
            return (.listFolders, FormText.parse(query)["parent"] ?? "")
        case ("POST", "v1", 5) where segments[1] == "projects" && segments[3] == "topics":
            return named(custom(segments[4], ["publish": .publish]), segments)
        case ("POST", "v1", 5) where segments[1] == "projects" && segments[3] == "subscriptions":
            return named(custom(segments[4], ["seek": .seek]), segments)
        case ("POST", "v2", 8) where segments[7] == "tasks" && segments[5] == "queues":
            return (.createTask, segments[1...6].joined(separator: "/"))
        case ("POST", "relay", 1): return (.relay, "")
        default: return (.unknown, "")
        }
    }

    /// Takes a custom method off a resource (https://google.aip.dev/136): `demo:getIamPolicy`.
    private static func custom(_ segment: String, _ verbs: [String: Endpoint]) -> (Endpoint, String) {
        guard let colon = segment.lastIndex(of: ":"), let endpoint = verbs[String(segment[colon...].dropFirst())]
        else { return (.unknown, "") }
        return (endpoint, String(segment[..<colon]))
    }

    private static func named(_ found: (Endpoint, String), _ segments: [String]) -> (Endpoint, String) {
        guard found.0 != .unknown else { return found }
        return (found.0, "projects/\(segments[2])/\(segments[3])/\(found.1)")
    }
}
