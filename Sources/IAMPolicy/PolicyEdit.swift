package import Timestamps

/// One change of a policy, computed from one read of it: a pure function of the policy, the removals and the time.
package struct PolicyEdit: Sendable {
    /// The etag of the read.
    package let etagBefore: String
    /// Everything that goes, in the policy's order, each binding once.
    package let removed: [RemovedBinding]
    /// What became of each removal, in their order.
    package let outcomes: [RemovalOutcome]
    /// The bindings with JIT Access's title that stay because they were not understood, in the policy's order.
    package let notUnderstood: [RemainingBinding]
    /// The expired bindings that nobody asked for; nil if they are too many to be kept in mind.
    package let remainder: ExpiredRemainder?
    /// The body of `setIamPolicy`: the policy as it was read, less what goes, with its etag and with version 3;
    /// nil if nothing goes, and then nothing must be written.
    package let setIamPolicyBody: [UInt8]?
}

extension Policy {
    /// The edit that does all the removals at once, so that several activations share one write.
    ///
    /// Doing it again on its own result changes nothing.
    ///
    /// - Parameters:
    ///   - removals: What is asked for; see ``Removal``.
    ///   - now: The time that decides what has expired; IAM's clock may be behind it by the grace at most.
    ///   - graceSeconds: How long after its end a binding is left alone.
    /// - Returns: What goes, what stays and why, and the body to write if anything goes.
    package func edit(_ removals: [Removal], now: Instant, graceSeconds: Int64) -> PolicyEdit {
        var outcomes = removals.map { _ in RemovalOutcome() }
        var removed: [RemovedBinding] = []
        var notUnderstood: [RemainingBinding] = []
        var changes = PolicyChanges()
        var remainder = ExpiredRemainder()
        for (binding, state) in jitAccessBindings(at: now, graceSeconds: graceSeconds) {
            guard case .expired(let window) = state else {
                let remaining = RemainingBinding(binding, state)
                if case .notUnderstood = state { notUnderstood.append(remaining) }
                for (index, removal) in removals.enumerated() where removal.concerns(binding) {
                    outcomes[index].remaining.append(remaining)
                }
                continue
            }
            let shares = removals.map { $0.share(of: binding, window) }
            let union = MemberShare.union(shares, of: binding)
            remainder.add(binding, window, without: union)
            guard let share = union else { continue }
            changes.add(share, of: binding)
            removed.append(RemovedBinding(binding, window, share, isWhole: share == .whole))
            for (index, own) in shares.enumerated() {
                guard let own else { continue }
                outcomes[index].removed.append(RemovedBinding(binding, window, own, isWhole: share == .whole))
            }
        }
        return PolicyEdit(
            etagBefore: etag,
            removed: removed,
            outcomes: outcomes,
            notUnderstood: notUnderstood,
            remainder: remainder.isComplete ? remainder : nil,
            setIamPolicyBody: removed.isEmpty ? nil : changes.setIamPolicyBody(for: self)
        )
    }
}

extension RemovedBinding {
    fileprivate init(_ binding: Binding, _ window: ActivationWindow, _ share: MemberShare, isWhole: Bool) {
        let members = binding.members ?? []
        self.init(
            role: binding.role,
            members: share.positions(of: binding).map { members[$0].text },
            window: window,
            title: binding.title ?? "",
            description: binding.description,
            expression: binding.expression ?? "",
            isWholeBinding: isWhole
        )
    }
}

extension RemainingBinding {
    fileprivate init(_ binding: Binding, _ state: BindingState) {
        self.init(
            role: binding.role,
            members: (binding.members ?? []).map(\.text),
            state: state,
            expression: binding.expression
        )
    }
}
