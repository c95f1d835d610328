internal import LosslessJSON
package import Timestamps

/// What to remove from one policy at one time: every expired binding in scope, regardless of which notice triggered it.
///
/// A pure function of the policy, the time and the rules, and idempotent.
package struct PolicyEdit: Sendable {
    /// The bindings to remove, each as a whole, in policy order.
    package let expired: [ExpiredBinding]
    /// The bindings in scope that stay, in policy order.
    package let kept: [KeptBinding]
    private let policy: Policy

    fileprivate init(_ policy: Policy, now: Instant, graceSeconds: Int64, titles: NamePatterns) {
        var expired: [ExpiredBinding] = []
        var kept: [KeptBinding] = []
        for (binding, state) in policy.bindingsInScope(at: now, graceSeconds: graceSeconds, titles: titles) {
            if case .expired(let period) = state {
                expired.append(ExpiredBinding(binding, period))
            } else {
                kept.append(KeptBinding(binding, state))
            }
        }
        self.expired = expired
        self.kept = kept
        self.policy = policy
    }

    /// The etag of the policy as it was read.
    package var etagBefore: String { policy.etag }

    /// The request body of `setIamPolicy`: the policy's own bytes without the expired bindings of these roles, with its
    /// etag, and with version 3, which is required for any write to a policy with conditions.
    ///
    /// - Parameter roles: The roles whose expired bindings are removed; nil for all.
    /// - Returns: The body; nil if there is nothing to remove, in which case nothing must be written.
    package func setIamPolicyBody(roles: Set<String>? = nil) -> [UInt8]? {
        let gone = expired.filter { roles?.contains($0.role) ?? true }
        guard let array = policy.bindingsArray, !gone.isEmpty else { return nil }
        var edit = JSONEdit(policy.document)
        edit.remove(elementsAt: Set(gone.map(\.position)), of: array)
        let version = Array("3".utf8)
        if let current = policy.version {
            edit.replace(current, with: version)
        } else {
            edit.insertMember("version", version, into: policy.document.root)
        }
        return Array(#"{"policy":"#.utf8) + edit.bytes() + [UInt8(ascii: "}")]
    }
}

extension Policy {
    /// Computes what to remove from this policy.
    ///
    /// - Parameters:
    ///   - now: The time that decides what has expired; IAM's clock may lag behind it by at most the grace period.
    ///   - graceSeconds: Seconds a binding is left alone after its end.
    ///   - titles: The titles in scope.
    /// - Returns: The bindings to remove, and those that stay, with their states.
    package func edit(now: Instant, graceSeconds: Int64, titles: NamePatterns) -> PolicyEdit {
        PolicyEdit(self, now: now, graceSeconds: graceSeconds, titles: titles)
    }
}

/// A binding in scope that can never grant its role again.
package struct ExpiredBinding: Equatable, Sendable {
    /// The role's name, such as `roles/viewer`.
    package let role: String
    /// The members, exactly as written in the policy.
    package let members: [String]
    /// The period in which the binding granted its role.
    package let period: GrantPeriod
    /// The condition's title; nil if it has none.
    package let title: String?
    /// The condition's description, which contains the user's justification; untrusted text.
    package let description: String?
    /// The condition's expression; untrusted text.
    package let expression: String
    /// The binding's index in the policy, from 0.
    let position: Int
}

extension ExpiredBinding {
    fileprivate init(_ binding: Binding, _ period: GrantPeriod) {
        self.init(
            role: binding.role,
            members: (binding.members ?? []).map(\.text),
            period: period,
            title: binding.title,
            description: binding.description,
            expression: binding.expression ?? "",
            position: binding.position
        )
    }
}

/// A binding in scope that stays.
package struct KeptBinding: Equatable, Sendable {
    /// The role's name, such as `roles/viewer`.
    package let role: String
    /// The members, exactly as written in the policy; empty if they are malformed.
    package let members: [String]
    /// The reason it stays; never `expired` or `notInScope`.
    package let state: BindingState
    /// The condition's expression, if it has one; untrusted text.
    package let expression: String?

    fileprivate init(_ binding: Binding, _ state: BindingState) {
        role = binding.role
        members = (binding.members ?? []).map(\.text)
        self.state = state
        expression = binding.expression
    }
}
