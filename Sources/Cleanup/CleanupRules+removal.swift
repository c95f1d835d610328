package import IAMPolicy
package import JITAccess

extension CleanupRules {
    /// What an ended activation asks to have removed from its project's policy.
    package func removal(for activation: Activation) -> Removal {
        switch scope {
        case .project:
            .allExpired
        case .activation:
            .activation(
                beneficiary: activation.beneficiary,
                roles: Set(activation.roles),
                start: activation.start,
                end: activation.end
            )
        }
    }
}
