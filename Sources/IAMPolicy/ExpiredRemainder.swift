/// The expired JIT Access bindings, or members of them, that are left in a policy after an edit.
///
/// Small enough to be kept when the policy is not, so that a later removal of what is not there needs no read.
package struct ExpiredRemainder: Sendable {
    /// The most members, all bindings together; a binding without members counts as one.
    package static let maximumMembers = 200

    private struct Part: Sendable {
        let role: String
        let members: [Member]
        let window: ActivationWindow
    }

    private var parts: [Part] = []
    private var count = 0

    /// Whether everything that is left fits.
    var isComplete: Bool { count <= Self.maximumMembers }

    /// Whether the removal would take nothing of what is left.
    package func hasNothing(of removal: Removal) -> Bool {
        parts.allSatisfy { removal.share(role: $0.role, members: $0.members, $0.window) == nil }
    }

    /// Notes an expired binding, less what an edit takes of it.
    mutating func add(_ binding: Binding, _ window: ActivationWindow, without share: MemberShare?) {
        var members = binding.members ?? []
        switch share {
        case .whole: return
        case .members(let positions):
            let gone = Set(positions)
            members = members.indices.filter { !gone.contains($0) }.map { members[$0] }
        case nil: break
        }
        count += max(1, members.count)
        // Beyond the limit only the count matters.
        if isComplete { parts.append(Part(role: binding.role, members: members, window: window)) }
    }
}
