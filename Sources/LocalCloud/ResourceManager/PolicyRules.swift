internal import LosslessJSON

/// What `setIamPolicy` refuses, apart from etags.
///
/// https://cloud.google.com/iam/docs/reference/rest/v1/Policy and https://cloud.google.com/iam/quotas
enum PolicyRules {
    /// The most principals in a policy, every appearance counted.
    static let maximumMembers = 1500

    /// Checks a policy that a caller wants to write.
    ///
    /// - Parameters:
    ///   - policy: The policy as it was sent.
    ///   - stored: The policy as it is.
    ///   - isBlind: Whether it was sent without an etag.
    ///   - missing: Principals that no longer exist anywhere.
    /// - Throws: ``GoogleError``: `INVALID_ARGUMENT`.
    static func check(
        _ policy: JSONValue,
        against stored: PolicyText,
        isBlind: Bool,
        missing: Set<String>
    ) throws(GoogleError) {
        let version = policy["version"]?.integer ?? 0
        guard [0, 1, 3].contains(version) else {
            throw .invalidArgument("Invalid policy version (\(version)). Valid versions are 0, 1 and 3.")
        }
        let bindings = policy["bindings"]?.elements ?? []
        guard policy["bindings"].map({ $0.kind == .array || $0.isNull }) ?? true else {
            throw .invalidArgument("Invalid value at 'policy.bindings'.")
        }
        if version < 3, PolicyText.hasConditions(policy) || (!isBlind && stored.hasConditions) {
            throw .invalidArgument(
                "Specified policy version (\(version)) cannot be less than the existing policy version (3). For more "
                    + "information, please refer to https://cloud.google.com/iam/docs/policies#versions."
            )
        }
        var members = 0
        for binding in bindings { members += try check(binding: binding, missing) }
        guard members <= maximumMembers else {
            throw .invalidArgument(
                "The number of members in the policy (\(members)) is larger than the maximum allowed size "
                    + "\(maximumMembers)."
            )
        }
    }

    /// Checks one binding; the number of its members.
    private static func check(binding: JSONValue, _ missing: Set<String>) throws(GoogleError) -> Int {
        guard let role = binding["role"]?.string, !role.isEmpty else {
            throw .invalidArgument("Invalid argument: a binding has no role.")
        }
        guard !role.contains("_withcond_"), ["roles/", "projects/", "organizations/"].contains(where: role.hasPrefix)
        else { throw .invalidArgument("Role \(role) is not supported for this resource.") }
        guard let members = binding["members"]?.elements, !members.isEmpty else {
            throw .invalidArgument("Invalid argument: binding for role \(role) has no members.")
        }
        for member in members { try check(member: member.string ?? "", missing) }
        if let condition = binding["condition"], !condition.isNull {
            guard condition["title"]?.string?.isEmpty == false else {
                throw .invalidArgument("Condition in binding for role \(role) has no title.")
            }
            guard condition["expression"]?.string?.isEmpty == false else {
                throw .invalidArgument("Condition in binding for role \(role) has no expression.")
            }
            guard !["roles/owner", "roles/editor", "roles/viewer"].contains(role) else {
                throw .invalidArgument("Conditions can't be set on primitive roles. (\(role))")
            }
        }
        return members.count
    }

    private static func check(member: String, _ missing: Set<String>) throws(GoogleError) {
        guard member != "allUsers", member != "allAuthenticatedUsers" else {
            throw .invalidArgument("Member \(member) is not supported for this resource.")
        }
        let isDeleted = member.hasPrefix("deleted:")
        let live = isDeleted ? member.dropFirst("deleted:".count) : member[...]
        let parts = live.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, kinds.contains(String(parts[0])) else { throw mangled }
        // A deleted email identity keeps its number; a deleted pool subject has none.
        if isDeleted, !parts[0].hasPrefix("principal"), !parts[1].contains("?uid=") { throw mangled }
        if !isDeleted, parts[1].contains("?uid=") { throw mangled }
        guard !missing.contains(member) else {
            throw .invalidArgument(
                "\(parts[0] == "serviceAccount" ? "Service account" : "User") \(parts[1]) does not exist."
            )
        }
    }

    private static let mangled = GoogleError.invalidArgument(
        "Policy members must be of the form \"<type>:<value>\"."
    )

    private static let kinds: Set<String> = [
        "user", "serviceAccount", "group", "domain", "principal", "principalSet", "projectOwner", "projectEditor",
        "projectViewer",
    ]
}
