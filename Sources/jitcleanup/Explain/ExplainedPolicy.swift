internal import Cleanup
internal import IAMPolicy
internal import LosslessJSON
internal import Timestamps

/// What becomes of each JIT Access binding of a policy, and why.
struct ExplainedPolicy: Sendable {
    private(set) var summary: String
    private(set) var lines: [String] = []
    /// Why the policy is not worked on; nil if it is.
    private(set) var fault: PolicyError?
    /// What is done, and answered.
    private(set) var outcome: String

    /// - Parameters:
    ///   - answer: The answer of `getIamPolicy`.
    ///   - removal: What the message asks for.
    ///   - at: The time that decides what has expired.
    ///   - rules: What the operator decided.
    init(_ answer: [UInt8], removal: Removal, at: Instant, _ rules: CleanupRules) {
        let policy: Policy
        do throws(PolicyError) { policy = try Policy(answer) } catch {
            fault = error
            summary = "it is not worked on: \(error)"
            outcome = "503: the policy is not worked on"
            return
        }
        let edit = policy.edit([removal], now: at, graceSeconds: rules.graceSeconds)
        let found = policy.jitAccessBindings(at: at, graceSeconds: rules.graceSeconds)
        summary = "\(counted(policy.bindings.count, "binding")), \(found.count) with JIT Access's title; as of \(at)"
        lines = found.map { Self.line(for: $0.binding, $0.state, edit, rules) }
        if let changed = Self.policy(after: edit) {
            lines += [""] + PolicyDifference.lines(from: policy, to: changed).map { "\($0)" }
            outcome = "one write removes what is marked -, with the etag \(edit.etagBefore); then 204"
        } else {
            outcome = "nothing to remove, so nothing is written; 204"
        }
    }

    private static func line(
        for binding: Binding,
        _ state: BindingState,
        _ edit: PolicyEdit,
        _ rules: CleanupRules
    ) -> String {
        let members = (binding.members ?? []).map(\.text)
        let share = edit.removed.first {
            $0.role == binding.role && $0.expression == binding.expression && $0.description == binding.description
                && Set($0.members).isSubset(of: members)
        }
        let fate = share.map { $0.isWholeBinding ? "goes  " : "partly" } ?? "stays "
        let why =
            switch state {
            case .expired(let window):
                share == nil
                    ? "expired, but of another activation (CLEANUP_SCOPE=activation)"
                    : "its own condition can never be true again since \(window.end)"
            case .live(let window): "live until \(window.end)"
            case .scheduled(let window): "begins at \(window.start)"
            case .withinGrace(let window): "ended at \(window.end), less than \(rules.graceSeconds) s before"
            case .notUnderstood(let why): "not understood: \(why)"
            case .notJITAccess: "not JIT Access's"
            }
        return "\(fate)  \(binding.role)  \(members.joined(separator: " "))  \(why)"
    }

    /// The policy as it would be written; nil if nothing would be.
    private static func policy(after edit: PolicyEdit) -> Policy? {
        guard let body = edit.setIamPolicyBody,
            let root = try? JSONDocument(body, rules: Policy.rules).root, let policy = root["policy"]
        else { return nil }
        return try? Policy(Array(policy.rawBytes))
    }
}
