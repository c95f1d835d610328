package import LosslessJSON

/// One binding of a policy: a role, its members and an optional condition.
package struct Binding: Sendable {
    /// The binding's index in the policy, from 0.
    package let position: Int
    /// The role's name, such as `roles/viewer`.
    package let role: String
    /// The members, in order; nil if `members` is not an array of strings, in which case the binding is left alone.
    package let members: [Member]?
    /// Whether there is a `condition` that is not null.
    package let hasCondition: Bool
    /// The condition's title; nil without a condition, or if the title is not a string.
    package let title: String?
    /// The condition's description; nil without a condition, or if the description is missing or not a string.
    package let description: String?
    /// The condition's expression; nil without a condition, or if the expression is not a string.
    package let expression: String?

    /// Reads an element of a policy's `bindings`; nil if it is not an object or has no role.
    init?(_ value: JSONValue, position: Int) {
        self.init(value, position: position, members: Self.readMembers(value["members"]))
    }

    /// Reads an element of an audit entry's `bindingDeltas`, which names one member
    /// (`google.iam.v1.BindingDelta`); nil if it lacks the role or the member.
    package init?(delta value: JSONValue, position: Int) {
        guard let member = value["member"]?.string, !member.isEmpty else { return nil }
        self.init(value, position: position, members: [Member(member)])
    }

    private init?(_ value: JSONValue, position: Int, members: [Member]?) {
        guard value.kind == .object, let role = value["role"]?.string, !role.isEmpty else { return nil }
        self.position = position
        self.role = role
        self.members = members
        let condition = value["condition"]
        hasCondition = condition.map { !$0.isNull } ?? false
        title = condition?["title"]?.string
        description = condition?["description"]?.string
        expression = condition?["expression"]?.string
    }

    private static func readMembers(_ array: JSONValue?) -> [Member]? {
        // The API omits empty lists.
        guard let array else { return [] }
        guard let elements = array.elements else { return nil }
        var members: [Member] = []
        members.reserveCapacity(elements.count)
        for element in elements {
            guard let text = element.string else { return nil }
            members.append(Member(text))
        }
        return members
    }
}
