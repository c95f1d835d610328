package import LosslessJSON
package import Timestamps

/// A binding that ends by its own condition, as the console, gcloud and Terraform write it.
package struct TemporaryGrant: Sendable {
    package var role: String
    package var member: String
    /// The condition's title; nil for none.
    package var title: String?
    package var expression: String

    /// Creates a grant that ends at an instant.
    package init(
        _ role: String = "roles/run.admin",
        _ member: String = "user:carol@example.com",
        title: String? = "temporary",
        until end: Instant
    ) {
        self.init(role, member, title: title, expression: "request.time < timestamp(\"\(end)\")")
    }

    /// Creates a grant under any condition.
    package init(_ role: String, _ member: String, title: String?, expression: String) {
        (self.role, self.member, self.title, self.expression) = (role, member, title, expression)
    }

    /// The grant as a binding in a policy.
    package var binding: JSONText { LocalPolicy.binding(role, [member], condition: condition) }

    private var condition: JSONText {
        .object([("expression", .string(expression))] + (title.map { [("title", .string($0))] } ?? []))
    }

    /// The grant as a delta in an audit entry.
    fileprivate var delta: JSONText {
        ["action": "ADD", "role": .string(role), "member": .string(member), "condition": condition]
    }
}

/// Audit entries of SetIamPolicy, as a log sink publishes them
/// (https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs).
package enum AuditLogEntry {
    /// The entry of a call that added these grants.
    ///
    /// - Parameters:
    ///   - grants: What was added; nil for an entry that does not say so.
    ///   - resource: `projects/ID`, `folders/N` or `organizations/N`.
    ///   - time: When it was called.
    ///   - caller: Who called it.
    /// - Returns: A LogEntry as JSON.
    package static func text(
        adding grants: [TemporaryGrant]?,
        to resource: String,
        at time: Instant,
        by caller: String = "admin@example.com"
    ) -> [UInt8] {
        var payload: [(name: String, value: JSONText)] = [
            ("@type", "type.googleapis.com/google.cloud.audit.AuditLog"),
            ("authenticationInfo", ["principalEmail": .string(caller)]),
            ("methodName", "SetIamPolicy"),
            ("resourceName", .string(resource)),
            ("serviceName", "cloudresourcemanager.googleapis.com"),
            ("status", .object([])),
        ]
        if let grants {
            payload.append(("serviceData", ["policyDelta": ["bindingDeltas": .array(grants.map(\.delta))]]))
        }
        let entry: JSONText = [
            "insertId": "-a1b2c3d4e5f",
            "logName": .string("\(resource)/logs/cloudaudit.googleapis.com%2Factivity"),
            "protoPayload": .object(payload),
            "severity": "NOTICE",
            "timestamp": .string("\(time)"),
        ]
        return entry.bytes()
    }
}
