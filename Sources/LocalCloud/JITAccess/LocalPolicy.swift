package import LosslessJSON

/// Builds policies as they look in practice.
package enum LocalPolicy {
    package static func condition(_ title: String, _ expression: String, description: String? = nil) -> JSONText {
        var members: [(name: String, value: JSONText)] = [
            ("expression", .string(expression)), ("title", .string(title)),
        ]
        if let description { members.append(("description", .string(description))) }
        return .object(members)
    }

    package static func binding(_ role: String, _ members: [String], condition: JSONText? = nil) -> JSONText {
        var binding: [(name: String, value: JSONText)] = [
            ("role", .string(role)), ("members", .array(members.map { .string($0) })),
        ]
        if let condition { binding.append(("condition", condition)) }
        return .object(binding)
    }

    /// A binding that makes its members eligible for a role (JIT Access, "Configure eligibility").
    package static func eligible(_ role: String, _ members: [String], multiParty: Bool = false) -> JSONText {
        let constraint = multiParty ? "multiPartyApprovalConstraint" : "jitAccessConstraint"
        return binding(role, members, condition: condition("Eligible for JIT access", "has({}.\(constraint))"))
    }

    /// A policy of these bindings.
    package static func policy(_ bindings: [JSONText], auditConfigs: JSONText? = nil) -> [UInt8] {
        var members: [(name: String, value: JSONText)] = [("version", .integer(3)), ("bindings", .array(bindings))]
        if let auditConfigs { members.append(("auditConfigs", auditConfigs)) }
        return JSONText.object(members).bytes(.indented)
    }

    /// The policy with one more binding, put last.
    package static func adding(_ binding: JSONText, to policy: JSONDocument) -> [UInt8] {
        var edit = JSONEdit(policy)
        guard let bindings = policy.root["bindings"] else {
            edit.insertMember("bindings", JSONText.array([binding]).bytes(), into: policy.root)
            return edit.bytes()
        }
        let others = (bindings.elements ?? []).map { JSONText.raw(Array($0.rawBytes)) }
        edit.replace(bindings, with: JSONText.array(others + [binding]).bytes())
        return edit.bytes()
    }
}
