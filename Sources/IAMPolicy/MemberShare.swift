internal import Timestamps

/// What is taken of a binding.
enum MemberShare: Equatable {
    case whole
    /// The members at these positions, ascending.
    case members([Int])

    /// The positions of the members that are meant.
    func positions(of binding: Binding) -> [Int] {
        switch self {
        case .whole: Array((binding.members ?? []).indices)
        case .members(let positions): positions
        }
    }

    /// All shares together: the whole binding if no member is left; nil for nothing.
    static func union(_ shares: [MemberShare?], of binding: Binding) -> MemberShare? {
        var positions: Set<Int> = []
        for case .some(let share) in shares {
            switch share {
            case .whole: return .whole
            case .members(let some): positions.formUnion(some)
            }
        }
        if positions.isEmpty { return nil }
        return positions.count == binding.members?.count ? .whole : .members(positions.sorted())
    }
}

extension Removal {
    /// What of an expired binding the removal takes; nil for nothing.
    func share(of binding: Binding, _ window: ActivationWindow) -> MemberShare? {
        share(role: binding.role, members: binding.members ?? [], window)
    }

    /// What of an expired binding of these parts the removal takes; nil for nothing.
    func share(role: String, members: [Member], _ window: ActivationWindow) -> MemberShare? {
        switch self {
        case .allExpired: return .whole
        case .activation(let beneficiary, let roles, let start, let end):
            guard end == window.end, start ?? window.start == window.start, roles.contains(role) else {
                return nil
            }
            let positions = members.indices.filter { members[$0].isUser(beneficiary) }
            return positions.isEmpty ? nil : .members(positions)
        }
    }

    /// Whether the binding is one of an activation's beneficiary and roles, of whatever window.
    func concerns(_ binding: Binding) -> Bool {
        switch self {
        case .allExpired: return false
        case .activation(let beneficiary, let roles, _, _):
            guard roles.contains(binding.role), let members = binding.members else { return false }
            return members.contains { $0.isUser(beneficiary) }
        }
    }
}
