internal import LosslessJSON
package import Timestamps

/// What may go from one policy at one time: every dead binding in scope, whichever notice asks.
///
/// A pure function of the policy and the time; doing it again on its own result changes nothing.
package struct PolicyEdit: Sendable {
    /// The bindings that may go, as wholes, in the policy's order.
    package let expired: [ExpiredBinding]
    /// The bindings in scope that stay, in the policy's order.
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

    /// The etag of the read.
    package var etagBefore: String { policy.etag }

    /// The body of `setIamPolicy`: the policy's own bytes without the expired bindings of these roles, with its etag,
    /// and with version 3, which any write that concerns conditions must have.
    ///
    /// - Parameter roles: Whose bindings go; nil for all.
    /// - Returns: The body; nil if nothing goes, and then nothing must be written.
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
    /// What may go from this policy.
    ///
    /// - Parameters:
    ///   - now: The time that decides what has expired; IAM's clock may be behind it by the grace at most.
    ///   - graceSeconds: How long after its end a binding is left alone.
    ///   - titles: The titles in scope.
    /// - Returns: What may go, and what stays and why.
    package func edit(now: Instant, graceSeconds: Int64, titles: NamePatterns) -> PolicyEdit {
        PolicyEdit(self, now: now, graceSeconds: graceSeconds, titles: titles)
    }
}

/// A binding in scope that can never grant its role again.
package struct ExpiredBinding: Equatable, Sendable {
    /// The role's name.
    package let role: String
    /// The members, as the policy spells them.
    package let members: [String]
    /// When the binding granted its role.
    package let period: GrantPeriod
    /// The condition's title; nil if it has none.
    package let title: String?
    /// The condition's description, which holds the user's justification; untrusted text.
    package let description: String?
    /// The condition's expression; untrusted text.
    package let expression: String
    /// The binding's place in the policy.
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
    /// The role's name.
    package let role: String
    /// The members, as the policy spells them; empty if they are malformed.
    package let members: [String]
    /// Why it stays; never expired and never out of scope.
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
