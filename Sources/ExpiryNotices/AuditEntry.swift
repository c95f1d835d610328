internal import IAMPolicy
internal import LosslessJSON
internal import Timestamps

/// An audit entry of Resource Manager's SetIamPolicy, as a log sink publishes it.
///
/// `google.logging.v2.LogEntry` with a `google.cloud.audit.AuditLog`
/// (https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs), whole or reduced to the fields read here.
/// What it says has happened; it never says what may go.
struct AuditEntry {
    private let entry: JSONValue
    private let payload: JSONValue

    /// Nil if the value is no entry of an audit log.
    init?(_ entry: JSONValue) {
        guard let payload = entry["protoPayload"],
            payload["@type"]?.string == "type.googleapis.com/google.cloud.audit.AuditLog"
        else { return nil }
        self.entry = entry
        self.payload = payload
    }

    /// What is to be done for the entry.
    func notice(titles: NamePatterns, messageID: String, publishTime: Instant?) -> NoticeReading {
        guard isPolicyChange, let resource else { return .ignored(.otherEntry) }
        if let code = payload["status"]?["code"]?.integer, code != 0 { return .ignored(.failedCall) }
        let caller = payload["authenticationInfo"]?["principalEmail"]?.string
        if let caller, caller.lowercased().hasSuffix("@gcp-sa-pam.iam.gserviceaccount.com") {
            return .ignored(.accessManager)
        }
        let time = entry["timestamp"]?.string.flatMap { Instant($0, spelling: .javaTime) }
        var notice = ExpiryNotice(
            resource: resource,
            ends: [time ?? publishTime ?? .distantPast],
            grants: [],
            hasAllGrants: false,
            source: .auditLog,
            messageID: messageID,
            publishTime: publishTime
        )
        var audit = ExpiryNotice.Audit(caller: caller ?? subject ?? "unknown", deadTitles: [], lacksDelta: true)
        audit.delegate = delegate
        if let additions {
            let ending = additions.compactMap { binding -> (Binding, BindingState, GrantPeriod)? in
                // "Dead already" is judged at the entry's own time, or every replay would say so.
                let state = binding.state(at: time ?? .distantPast, graceSeconds: 0, titles: titles)
                return state.period.map { (binding, state, $0) }
            }
            guard !ending.isEmpty else { return .ignored(.noTemporaryGrant) }
            notice.ends = Set(ending.map(\.2.death)).sorted()
            for (binding, state, _) in ending {
                let grant = ExpiryNotice.Grant(role: binding.role, member: binding.members?.first?.text ?? "")
                if !notice.grants.contains(grant) { notice.grants.append(grant) }
                if case .expired = state, !audit.deadTitles.contains(binding.title) {
                    audit.deadTitles.append(binding.title)
                }
            }
            notice.hasAllGrants = true
            audit.lacksDelta = false
        }
        notice.audit = audit
        return .notice(notice)
    }

    /// Whether the entry is of the activity log, Resource Manager and SetIamPolicy, in any version of its API.
    private var isPolicyChange: Bool {
        if let log = entry["logName"]?.string, !log.hasSuffix("cloudaudit.googleapis.com%2Factivity") { return false }
        return payload["serviceName"]?.string == "cloudresourcemanager.googleapis.com"
            && payload["methodName"]?.string?.lowercased().hasSuffix("setiampolicy") ?? false
    }

    /// The resource whose policy was changed; a project by its ID, which stands in the log's name where the caller wrote
    /// its number.
    private var resource: String? {
        guard let name = payload["resourceName"]?.string else { return nil }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "projects", parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let log = entry["logName"]?.string?.split(separator: "/"), log.count > 2, log[0] == "projects"
        else { return name }
        return "projects/\(log[1])"
    }

    /// What was added, a member each; nil if the entry does not say so, or not all of it.
    private var additions: [Binding]? {
        let deltas = [payload["serviceData"], isSplit ? nil : payload["metadata"]].compactMap { $0?["policyDelta"] }
        guard !deltas.isEmpty else { return nil }
        var additions: [Binding] = []
        for delta in deltas {
            guard delta.kind == .object else { return nil }
            guard let list = delta["bindingDeltas"] else { continue }
            guard let elements = list.elements else { return nil }
            for (position, element) in elements.enumerated() {
                switch element["action"]?.string {
                case "REMOVE": continue
                case "ADD":
                    guard let binding = Binding(delta: element, position: position) else { return nil }
                    additions.append(binding)
                default: return nil
                }
            }
        }
        return additions
    }

    /// Whether the entry is a part of a larger one: then `metadata` may be cut, while `serviceData` is whole in each part
    /// (https://docs.cloud.google.com/logging/docs/audit/split-logs).
    private var isSplit: Bool { entry["split"].map { !$0.isNull } ?? false }

    private var subject: String? { payload["authenticationInfo"]?["principalSubject"]?.string }

    private var delegate: String? {
        guard let last = payload["authenticationInfo"]?["serviceAccountDelegationInfo"]?.elements?.last else {
            return nil
        }
        return last["principalSubject"]?.string ?? last["firstPartyPrincipal"]?["principalEmail"]?.string
    }
}
