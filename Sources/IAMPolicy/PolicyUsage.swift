internal import LosslessJSON

/// How much of IAM's limits a policy uses (https://docs.cloud.google.com/iam/quotas).
///
/// This is an estimate: IAM counts long identifiers and conditions as more.
package struct PolicyUsage: Equatable, Sendable {
    /// The maximum principals in a policy: every occurrence in a binding, and every exempted member of an audit
    /// configuration.
    package static let maximumPrincipals = 1_500
    /// The maximum groups and domains: each distinct group, and each occurrence of a domain.
    package static let maximumGroups = 250
    /// The maximum bindings with a condition that Google recommends
    /// (https://docs.cloud.google.com/iam/docs/conditions-overview).
    package static let recommendedConditions = 100
    /// The maximum bindings of one role and one principal with different conditions.
    package static let maximumConditionsOfGrant = 20

    package let principals: Int
    package let groups: Int
    package let conditions: Int
    /// The number of different conditions for the role and principal that have the most.
    package let conditionsOfGrant: Int
    /// The size of the policy in bytes.
    package let bytes: Int

    /// Measures a policy.
    ///
    /// - Parameters:
    ///   - policy: The policy as read.
    ///   - gone: Bindings to treat as removed.
    package init(_ policy: Policy, without gone: [ExpiredBinding] = []) {
        let positions = Set(gone.map(\.position))
        let bindings = policy.bindings.filter { !positions.contains($0.position) }
        let exempted = (policy.document.root["auditConfigs"]?.elements ?? [])
            .flatMap { $0["auditLogConfigs"]?.elements ?? [] }
            .flatMap { $0["exemptedMembers"]?.elements ?? [] }
        let members = bindings.flatMap { $0.members ?? [] }.map(\.text) + exempted.compactMap(\.string)
        principals = members.count
        groups = Set(members.filter { $0.hasPrefix("group:") }).count + members.count { $0.hasPrefix("domain:") }
        let conditional = bindings.filter(\.hasCondition)
        conditions = conditional.count
        var grants: [[String]: Set<String>] = [:]
        for binding in conditional {
            for member in binding.members ?? [] {
                grants[[binding.role, member.text], default: []].insert(
                    "\(binding.title ?? "")\n\(binding.expression ?? "")"
                )
            }
        }
        conditionsOfGrant = grants.values.lazy.map(\.count).max() ?? 0
        let elements = policy.bindingsArray?.elements ?? []
        bytes = policy.document.bytes.count - positions.reduce(0) { $0 + elements[$1].range.count + 1 }
    }
}
