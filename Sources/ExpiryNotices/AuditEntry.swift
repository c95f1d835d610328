internal import IAMPolicy
internal import LosslessJSON
internal import Timestamps

/// An audit entry for Resource Manager's SetIamPolicy, as a log sink publishes it.
///
/// `google.logging.v2.LogEntry` with a `google.cloud.audit.AuditLog`
/// (https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs), complete or reduced to the fields read
/// here. It only records what happened; it never decides what may be removed.
struct AuditEntry {
    private let entry: JSONValue
    private let payload: JSONValue

    /// Reads a log entry; nil if it is not an audit log entry.
    init?(_ entry: JSONValue) {
        guard let payload = entry["protoPayload"],
            payload["@type"]?.string == "type.googleapis.com/google.cloud.audit.AuditLog"
        else { return nil }
        self.entry = entry
        self.payload = payload
    }

    /// Reads the entry as a notice, or as a message to ignore.
    func notice(titles: NamePatterns, messageID: String, publishTime: Instant?) -> NoticeReading {
        guard isPolicyChange, let resource else { return .ignored(.otherEntry) }
        if hasFailed { return .ignored(.failedCall) }
        let callers = ["principalEmail", "principalSubject"].compactMap { payload["authenticationInfo"]?[$0]?.string }
        if callers.contains(where: { $0.lowercased().hasSuffix("@gcp-sa-pam.iam.gserviceaccount.com") }) {
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
        var audit = ExpiryNotice.Audit(
            entryID: id ?? messageID,
            caller: callers.first { !$0.isEmpty } ?? "unknown",
            delegate: delegate,
            deadTitles: [],
            lacksDelta: true
        )
        if let additions {
            let ending = additions.compactMap { binding -> (Binding, BindingState, GrantPeriod)? in
                // "Already expired" is judged at the entry's own time, or every replay would report it.
                let state = binding.state(at: time ?? .distantPast, graceSeconds: 0, titles: titles)
                return state.period.map { (binding, state, $0) }
            }
            guard !ending.isEmpty else { return .ignored(.noTemporaryGrant) }
            notice.ends = Set(ending.map(\.2.death)).sorted()
            var seen: Set<[String?]> = []
            for (binding, state, _) in ending {
                let member = binding.members?.first?.text ?? ""
                // The same element may occur several times.
                if seen.insert([binding.role, member, binding.title, binding.expression]).inserted {
                    notice.grants.append(ExpiryNotice.Grant(role: binding.role, member: member))
                }
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

    /// Whether the entry is from the activity log and records Resource Manager's SetIamPolicy, in any API version.
    private var isPolicyChange: Bool {
        if let log = entry["logName"]?.string, !log.hasSuffix("cloudaudit.googleapis.com%2Factivity") { return false }
        return payload["serviceName"]?.string == "cloudresourcemanager.googleapis.com"
            && payload["methodName"]?.string?.lowercased().hasSuffix("setiampolicy") ?? false
    }

    /// The resource whose policy was changed; where the caller used a project number, the project ID is taken from the
    /// log's name.
    private var resource: String? {
        guard let name = payload["resourceName"]?.string else { return nil }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "projects", !parts[1].isEmpty,
            parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let log = entry["logName"]?.string?.split(separator: "/"), log.count > 2, log[0] == "projects"
        else { return name }
        return "projects/\(log[1])"
    }

    /// The added bindings, one member each; nil if the entry does not list them, or not completely.
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
                    guard let binding = Binding(delta: element, position: position),
                        !binding.hasCondition || binding.expression != nil
                    else { return nil }
                    additions.append(binding)
                default: return nil
                }
            }
        }
        return additions
    }

    /// Whether the entry is part of a split entry: then `metadata` may be cut off, while `serviceData` is complete in
    /// each part (https://docs.cloud.google.com/logging/docs/audit/split-logs).
    private var isSplit: Bool { entry["split"].map { !$0.isNull } ?? false }

    private var hasFailed: Bool {
        guard let code = payload["status"]?["code"] else { return false }
        return (code.integer ?? code.string.flatMap { Int64($0) } ?? 0) != 0
    }

    /// An ID shared by all parts of an entry, and by an entry exported twice
    /// (https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry); nil if the entry has none.
    private var id: String? {
        guard let id = entry["split"]?["uid"]?.string ?? entry["insertId"]?.string else { return nil }
        let parts = [entry["logName"]?.string, entry["timestamp"]?.string, id].compactMap { $0 }
        return String(decoding: parts.joined(separator: " ").utf8.prefix(MessageLimits.nameBytes), as: UTF8.self)
    }

    private var delegate: String? {
        guard let last = payload["authenticationInfo"]?["serviceAccountDelegationInfo"]?.elements?.last else {
            return nil
        }
        return last["principalSubject"]?.string ?? last["firstPartyPrincipal"]?["principalEmail"]?.string
    }
}
