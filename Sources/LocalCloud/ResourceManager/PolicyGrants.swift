internal import LosslessJSON

/// Who holds which role on which condition by a policy, to find the roles whose grants a write changes.
///
/// How bindings are grouped, ordered and laid out grants nothing, so it does not count.
/// https://cloud.google.com/iam/docs/setting-limits-on-granting-roles
struct PolicyGrants {
    private struct Grant: Hashable {
        let member: [UInt8]
        /// The condition's texts by their names.
        let condition: [[UInt8]: [UInt8]]
    }

    private var grants: [String: Set<Grant>] = [:]

    /// The grants of a policy that has not been checked yet: what is not a binding grants nothing.
    init(_ policy: JSONValue) {
        for binding in policy["bindings"]?.elements ?? [] {
            guard let role = binding["role"]?.string else { continue }
            let condition = Self.texts(of: binding["condition"])
            for member in binding["members"]?.elements ?? [] {
                let grant = Grant(member: Self.text(of: member), condition: condition)
                grants[role, default: []].insert(grant)
            }
        }
    }

    /// The roles that the other policy grants to others, or on other conditions.
    func roles(changedBy other: PolicyGrants) -> Set<String> {
        Set(grants.keys).union(other.grants.keys).filter { grants[$0] != other.grants[$0] }
    }

    private static func texts(of condition: JSONValue?) -> [[UInt8]: [UInt8]] {
        var texts: [[UInt8]: [UInt8]] = [:]
        for (name, value) in condition?.members ?? [] {
            let text = text(of: value)
            // A protocol buffer has no way to tell an empty text from none.
            if !text.isEmpty, !value.isNull { texts[Self.text(of: name)] = text }
        }
        return texts
    }

    private static func text(of value: JSONValue) -> [UInt8] { value.utf8 ?? Array(value.rawBytes) }
}
