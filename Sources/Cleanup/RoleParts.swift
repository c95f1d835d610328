internal import GoogleCloud

/// Which roles a round tries to change together, once Google has refused to change some.
///
/// Google refuses a whole write for one role that the account may not grant
/// (`api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', [])`) and does not say which, so the set of roles is
/// halved until the refused ones stand alone: at most 2·⌈log2 n⌉ writes more for one among n.
struct RoleParts: Sendable {
    /// How many more writes a round makes once one was refused.
    static let maximumFurtherWrites = 16

    /// The roles that were refused in this round, each with what Google said.
    private(set) var refusals: [String: ResourceManagerError] = [:]
    /// The roles that are known to be refused from a short while ago, and are not tried again.
    var known: [String: ResourceManagerError]
    /// The parts to be tried, the next one last; without any, all roles are tried together.
    private(set) var parts: [Set<String>]
    /// The roles of the write that is under way.
    private var current: Set<String> = []
    /// Whether roles are tried apart.
    private(set) var isSplit: Bool
    private var splitWrites = 0

    /// - Parameters:
    ///   - known: What was refused a short while ago.
    ///   - parts: The parts that an earlier round did not get to, the next one last.
    init(known: [String: ResourceManagerError] = [:], parts: [Set<String>] = []) {
        self.known = known
        self.parts = parts
        isSplit = !parts.isEmpty
    }

    /// Whether there may be no further write.
    var isUsedUp: Bool { splitWrites > Self.maximumFurtherWrites }

    /// Why a role's bindings stay; nil if it was not refused.
    func refusal(of role: String) -> ResourceManagerError? { refusals[role] ?? known[role] }

    /// Those of the roles that were not refused.
    func open(_ roles: Set<String>) -> Set<String> { roles.filter { refusal(of: $0) == nil } }

    /// The roles to change with the next write, out of those that have expired bindings; empty if none is left.
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

    /// The write of these roles is about to be sent.
    mutating func countWrite() {
        if isSplit { splitWrites += 1 }
    }

    /// The write was accepted.
    mutating func accept() {
        _ = parts.popLast()
    }

    /// The write was refused: its roles are halved, or its only role is the refused one.
    mutating func refuse(_ failure: ResourceManagerError) {
        // The first refused one is not a further one.
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
