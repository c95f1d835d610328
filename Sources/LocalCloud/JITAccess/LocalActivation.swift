package import LosslessJSON
package import Timestamps

/// An activation of roles as JIT Access grants it: what the binding and the message are made from.
///
/// Formats: jit-access, `ProjectRoleActivator` (binding) and `PubSubNotificationService` (message).
package struct LocalActivation: Sendable {
    /// The email address of the user that the roles are granted to.
    package var user: String
    package var roles: [String]
    /// The project ID.
    package var project: String
    package var start: Instant
    /// The end, exclusive.
    package var end: Instant
    /// The user's own justification.
    package var justification: String
    /// The approver's email; nil for a self-approval.
    package var approver: String?
    /// The users asked to approve it.
    package var reviewers: [String] = []
    /// The rest of the eligibility's condition, from 1.8.0 on; empty for none.
    package var resourceCondition = ""

    package init(
        user: String,
        roles: [String],
        project: String,
        start: Instant,
        end: Instant,
        justification: String = "Working on CASE-123"
    ) {
        self.user = user
        self.roles = roles
        self.project = project
        self.start = start
        self.end = end
        self.justification = justification
    }

    /// The description that JIT Access gives the binding.
    package var description: String {
        let start = approver.map { "Approved by \($0)" } ?? "Self-approved"
        return "\(start), justification: \(justification)"
    }

    /// The condition's expression in the policy.
    package var expression: String {
        let window = "(request.time >= timestamp(\"\(start)\") && request.time < timestamp(\"\(end)\"))"
        return resourceCondition.isEmpty ? window : "(\(window)) && (\(resourceCondition))"
    }

    /// The bindings that JIT Access puts into the policy, one for each role.
    package var bindings: [JSONText] {
        roles.map { role in
            LocalPolicy.binding(
                role,
                ["user:\(user)"],
                condition: LocalPolicy.condition("JIT access activation", expression, description: description)
            )
        }
    }
}
