internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// What happens to each binding in scope of a policy, and why.
struct ExplainedPolicy: Sendable {
    private(set) var summary: String
    private(set) var lines: [String] = []
    /// The look the service would get if Google accepts its write.
    private(set) var result: Result<Look, ResourceManagerError>
    /// The explanation of the write; nil on a dry run or if nothing has expired.
    private(set) var write: String?

    /// - Parameters:
    ///   - answer: The response of `getIamPolicy`.
    ///   - at: The time that decides what has expired.
    ///   - rules: The operator's rules.
    init(_ answer: [UInt8], at: Instant, _ rules: CleanupRules) {
        let policy: Policy
        do throws(PolicyError) { policy = try Policy(answer) } catch {
            summary = "not processed: \(error)"
            result = .failure(.policyNotUnderstood(detail: "\(error)"))
            return
        }
        let edit = rules.edit(policy, now: at)
        let found = rules.bindings(of: policy, at: at)
        summary = "\(counted(policy.bindings.count, "binding")), \(found.count) in scope; as of \(at)"
        lines = found.map { Self.line(for: $0.binding, $0.state, rules) }
        let isWritten = !edit.expired.isEmpty && !rules.isDryRun
        result = .success(Look(now: at, isCurrent: isWritten, removed: edit.expired, kept: edit.kept))
        if isWritten { write = "one write removes what goes, with the etag \(edit.etagBefore)" }
    }

    private static func line(for binding: Binding, _ state: BindingState, _ rules: CleanupRules) -> String {
        let members = (binding.members ?? []).map(\.text).joined(separator: " ")
        let why =
            switch state {
            case .expired(let period): "its own condition can never be true again since \(period.end)"
            case .live(let period): "live until \(period.end)"
            case .scheduled(let period): "begins at \(period.start.map { "\($0)" } ?? "")"
            case .withinGrace(let period): "ended at \(period.end), less than \(rules.graceSeconds) s before"
            case .neverGranted, .noEnd, .notUnderstood, .pam, .notInScope: "\(state.name): \(state.reason ?? "")"
            }
        return "\(state.isExpired ? "goes" : "stays")  \(binding.role)  \(members)  \(why)"
    }
}

extension BindingState {
    fileprivate var isExpired: Bool { if case .expired = self { true } else { false } }
}
