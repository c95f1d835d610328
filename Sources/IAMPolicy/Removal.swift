package import Timestamps

/// What somebody asks to have removed from a policy.
///
/// Whatever is asked, only what has expired is removed.
package enum Removal: Hashable, Sendable {
    /// Every expired JIT Access binding, as a whole.
    case allExpired
    /// What one activation left behind: the beneficiary, in expired JIT Access bindings of the roles and of the
    /// window. Other members of such a binding stay; a binding without members left goes as a whole.
    ///
    /// The beneficiary is a bare e-mail address. Start and end are compared as instants; without a start the end
    /// alone is compared.
    case activation(beneficiary: String, roles: Set<String>, start: Instant?, end: Instant)
}

/// What became of one ``Removal``.
package struct RemovalOutcome: Sendable {
    /// What was removed for it, in the policy's order; two removals may both name the same.
    package internal(set) var removed: [RemovedBinding] = []
    /// For an activation: the bindings of its beneficiary and roles that have not expired, such as a newer activation.
    package internal(set) var remaining: [RemainingBinding] = []
}

/// A binding, or some of its members, that an edit takes out.
package struct RemovedBinding: Equatable, Sendable {
    /// The role's name.
    package let role: String
    /// The members that go, as the policy spelled them.
    package let members: [String]
    /// The window in which the binding granted its role.
    package let window: ActivationWindow
    /// The condition's title.
    package let title: String
    /// The condition's description, which holds the user's justification; untrusted text.
    package let description: String?
    /// The condition's expression; untrusted text.
    package let expression: String
    /// Whether the binding went as a whole, rather than some members of it.
    package let isWholeBinding: Bool
}

/// A binding with JIT Access's title that stays.
package struct RemainingBinding: Equatable, Sendable {
    /// The role's name.
    package let role: String
    /// The members, as the policy spells them; empty if they are malformed.
    package let members: [String]
    /// Why it stays: never expired and never somebody else's.
    package let state: BindingState
    /// The condition's expression, if it has one; untrusted text.
    package let expression: String?
}
