internal import GoogleCloud

/// The sets of roles a round writes separately, once Google has refused to change some.
///
/// Google refuses a whole write if the account may not grant one of its roles
/// (`api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', [])`) and does not say which, so the set of roles is
/// halved until the refused ones are isolated: at most 2·⌈log2 n⌉ further writes for one refused role among n.
struct RoleParts: Sendable {
    /// The maximum number of further writes in a round after a refusal.
    static let maximumFurtherWrites = 16

    /// The roles refused in this round, each with its refusal.
    private(set) var refusals: [String: ResourceManagerError] = [:]
    /// The roles refused recently, which are not tried again.
    var known: [String: ResourceManagerError]
    /// The parts still to try, the next one last; if empty, all roles are tried together.
    private(set) var parts: [Set<String>]
    /// The roles of the current write.
    private var current: Set<String> = []
    /// Whether the roles have been split into parts.
    private(set) var isSplit: Bool
    private var splitWrites = 0

    /// - Parameters:
    ///   - known: The roles refused recently.
    ///   - parts: The parts an earlier round did not reach, the next one last.
    init(known: [String: ResourceManagerError] = [:], parts: [Set<String>] = []) {
        self.known = known
        self.parts = parts
        isSplit = !parts.isEmpty
    }

    /// Whether the limit on further writes has been exceeded.
    var isUsedUp: Bool { splitWrites > Self.maximumFurtherWrites }

    /// Why a role's bindings stay; nil if it was not refused.
    func refusal(of role: String) -> ResourceManagerError? { refusals[role] ?? known[role] }

    /// The roles that were not refused.
    func open(_ roles: Set<String>) -> Set<String> { roles.filter { refusal(of: $0) == nil } }

    /// The roles, among those with expired bindings, to change in the next write; empty if none is left.
    mutating func next(of expired: Set<String>) -> Set<String> {
        current = open(expired)
        while let part = parts.last {
            let roles = part.intersection(current)
            guard roles.isEmpty else {
                current = roles
                break
            }
            parts.removeLast()
        }
        return current
    }

    /// Counts a write about to be sent, if the roles have been split.
    mutating func countWrite() {
        if isSplit { splitWrites += 1 }
    }

    /// Records that the current write was accepted.
    mutating func accept() {
        _ = parts.popLast()
    }

    /// Records that the current write was refused: halves its roles, or marks its only role as refused.
    mutating func refuse(_ failure: ResourceManagerError) {
        // The first refused write does not count as a further one, but its parts do.
        splitWrites = max(1, splitWrites)
        isSplit = true
        _ = parts.popLast()
        let roles = current.sorted()
        if roles.count == 1 {
            refusals[roles[0]] = failure
        } else {
            let middle = roles.count / 2
            parts += [Set(roles[middle...]), Set(roles[..<middle])]
        }
    }
}
