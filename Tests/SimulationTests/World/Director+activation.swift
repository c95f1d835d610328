import LocalCloud
import LosslessJSON
import Timestamps

extension Director {
    /// Grants an activation as JIT Access does: one write for each role, and then the message.
    ///
    /// - Parameters:
    ///   - planned: The activation.
    ///   - begin: When the simulation has begun.
    /// - Throws: `CancellationError`, or why it cannot be granted.
    func activate(_ planned: Plan.Activation, since begin: Instant) async throws {
        let activation = local(planned, since: begin)
        let granted = zip(activation.roles, activation.bindings).map { GrantedBinding($1, $0, of: activation) }
        for (binding, known) in zip(activation.bindings, granted) {
            ledger.expect(known)
            try cloud.resourceManager.edit(activation.project) { LocalPolicy.replacing(binding, in: $0) }
            if planned.pause > .zero { try await time.sleep(planned.pause) }
        }
        if activation.end < time.now() { ledger.count("late activation") }
        if granted.count > 1 { ledger.count("activation of several roles") }
        let message = activation.message(planned.kind)
        let id = try cloud.pubSub.publish([message], to: cloud.topicName(Self.topic)).first ?? ""
        ledger.expect(
            id,
            GrantedMessage(project: activation.project, bindings: granted, end: activation.end)
        )
        ledger.count("activation")
    }

    private func local(_ planned: Plan.Activation, since begin: Instant) -> LocalActivation {
        let start = begin.adding(seconds: planned.start.components.seconds)
        var activation = LocalActivation(
            user: planned.user,
            roles: planned.roles,
            project: plan.projects[planned.project],
            start: start,
            end: start.adding(seconds: Int64(planned.seconds)),
            justification: "CASE-\(planned.number)"
        )
        if planned.kind == .approved || planned.kind == .approvedWithResourceCondition {
            activation.approver = planned.approver
            activation.reviewers = ["bob@example.com", "carol@example.com"]
        }
        if planned.kind == .approvedWithResourceCondition {
            activation.resourceCondition = #"resource.name.startsWith("projects/x/zones/a/") || resource.type == "y""#
        }
        return activation
    }
}

extension GrantedBinding {
    /// A binding of an activation.
    fileprivate init(_ binding: JSONText, _ role: String, of activation: LocalActivation) {
        self.init(
            text: String(decoding: binding.bytes(), as: UTF8.self),
            identity: Identity(
                role: role,
                members: ["user:\(activation.user)"],
                expression: activation.expression,
                description: activation.description
            ),
            end: activation.end
        )
    }
}
