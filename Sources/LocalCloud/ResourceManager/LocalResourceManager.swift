internal import Base64
package import LosslessJSON
internal import Synchronization
internal import Timestamps

/// Resource Manager v3, as far as policies of projects go, with real etag rules.
///
/// https://cloud.google.com/resource-manager/reference/rest/v3/projects/setIamPolicy
package final class LocalResourceManager: Sendable {
    /// Older changes are dropped from the history beyond this number.
    package static let maximumHistory = 10_000

    /// Called during a call, before the policy is read.
    package typealias Hook = @Sendable (PolicyCall) async -> Void

    struct State {
        var policies: [String: PolicyText] = [:]
        var lags: [String: ReadLag] = [:]
        var history: [PolicyChange] = []
        var blindOverwrites = 0
        var conflicts = 0
        var denied: Set<String> = []
        /// The roles whose grants the caller may change; a project without an entry has no limit.
        var modifiableRoles: [String: Set<String>] = [:]
        var missingPrincipals: Set<String> = []
        var etagSeed: UInt64 = 0x0705_2332_10AC_36F6
        var calls: [String: Int] = [:]
        var beforeRead: Hook?
        var beforeWrite: Hook?
    }

    let time: TimeSource
    let state = Mutex(State())

    init(time: TimeSource) {
        self.time = time
    }

    /// Makes a project, or gives it another policy; the etag is new in any case.
    ///
    /// That is no change in the project's history but the start of one: no read sees what was there before.
    ///
    /// - Parameters:
    ///   - project: The project ID.
    ///   - json: The policy; `version` and `etag` are put in.
    /// - Throws: ``JSONError`` if that is not JSON.
    package func setPolicy(_ project: String, _ json: [UInt8]) throws(JSONError) {
        let document = try JSONDocument(json, rules: PolicyText.rules)
        let policy = try PolicyText(document, etag: state.withLock { $0.nextETag() })
        state.withLock { $0.policies[project] = policy }
    }

    /// The policy of a project as it is now, version 3; nil if there is no such project.
    package func policy(_ project: String) -> JSONDocument? {
        state.withLock { $0.policies[project]?.document }
    }

    /// The etag of a project's policy; nil if there is no such project.
    package func etag(_ project: String) -> String? {
        state.withLock { $0.policies[project]?.etag }
    }

    /// Takes a project away, which Resource Manager answers like a missing permission.
    package func deleteProject(_ project: String) {
        state.withLock { $0.policies[project] = nil }
    }

    /// The changes of a project's policy, oldest first.
    package func history(_ project: String) -> [PolicyChange] {
        state.withLock { state in state.history.filter { $0.project == project } }
    }

    /// How many writes came without an etag and overwrote whatever was there.
    package var blindOverwrites: Int { state.withLock { $0.blindOverwrites } }

    /// How many writes were refused because the policy had changed.
    package var conflicts: Int { state.withLock { $0.conflicts } }

    /// Refuses a permission on a project from now on, or grants it again.
    package func setDenied(_ isDenied: Bool, _ permission: PolicyPermission, on project: String) {
        state.withLock { state in
            if isDenied {
                state.denied.insert("\(permission.rawValue) \(project)")
            } else {
                state.denied.remove("\(permission.rawValue) \(project)")
            }
        }
    }

    /// Limits a permission to write a project's policy to the grants of these roles; nil lifts the limit.
    ///
    /// The caller then has its role on a condition of `iam.googleapis.com/modifiedGrantsByRole`; all other writers are
    /// unlimited (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
    package func setModifiableRoles(_ roles: Set<String>?, of project: String) {
        state.withLock { $0.modifiableRoles[project] = roles }
    }

    /// Sets which principals no longer exist; a policy that names one of them cannot be written.
    package func setMissingPrincipals(_ principals: Set<String>) {
        state.withLock { $0.missingPrincipals = principals }
    }

    /// Sets what runs in each `getIamPolicy`, before the policy is looked at.
    package func setBeforeRead(_ hook: Hook?) {
        state.withLock { $0.beforeRead = hook }
    }

    /// Sets what runs in each `setIamPolicy`, before the etag is compared.
    package func setBeforeWrite(_ hook: Hook?) {
        state.withLock { $0.beforeWrite = hook }
    }
}

/// A permission on a project.
package enum PolicyPermission: String, Sendable {
    case getIamPolicy = "resourcemanager.projects.getIamPolicy"
    case setIamPolicy = "resourcemanager.projects.setIamPolicy"
}

extension LocalResourceManager.State {
    /// An etag that was not there before.
    mutating func nextETag() -> String {
        // An odd step visits every 64-bit value once; etags are opaque, so no client may rely on their order.
        etagSeed &+= 0x0000_0123_4567_89AB
        let bytes = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: etagSeed >> UInt64($0)) }
        return Base64.encode(bytes)
    }

    mutating func count(_ call: String, _ project: String) -> PolicyCall {
        calls["\(call) \(project)", default: 0] += 1
        return PolicyCall(project: project, number: calls["\(call) \(project)", default: 0])
    }

    /// The policy, if the caller may have it.
    func policy(_ project: String, for permission: PolicyPermission) throws(GoogleError) -> PolicyText {
        guard let policy = policies[project], !denied.contains("\(permission.rawValue) \(project)") else {
            throw .permissionDenied(permission.rawValue, project: project)
        }
        return policy
    }

    mutating func record(_ write: PolicyChange, _ policy: PolicyText) {
        policies[write.project] = policy
        if history.count == LocalResourceManager.maximumHistory {
            history.removeFirst(LocalResourceManager.maximumHistory / 2)
        }
        history.append(write)
    }
}
