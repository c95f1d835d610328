import HTTPTransport
import LocalCloud
import LosslessJSON
import Timestamps

/// Makes happen what the plan has in store, until all is done or should be.
struct Director: Sendable {
    let plan: Plan
    let cloud: LocalCloud
    let subscription: PushSubscription
    let editors: Editors
    let ledger: Ledger
    let time: TimeSource
    /// Sets an instance's clock off.
    let setClock: @Sendable (_ instance: Int, _ seconds: Int64) -> Void
    /// Pushes with a token of somebody else's making.
    let forge: @Sendable (_ token: String, _ body: [UInt8]) async -> Int?

    static let topic = "jit-access"
    static let quarantine = "quarantine"

    /// Does it all.
    ///
    /// - Throws: `CancellationError`, or what the cloud's own making throws.
    func run() async throws {
        let begin = time.uptime()
        for step in plan.steps {
            try await time.sleep(max(.zero, begin + step.at - time.uptime()))
            try await perform(step.event)
        }
        let end = max(time.uptime(), begin + plan.scale.faultTime) + plan.scale.settlingTime
        try await time.sleep(max(.zero, begin + plan.scale.faultTime - time.uptime()))
        while !subscription.unacknowledged.isEmpty || !isClean {
            if time.uptime() >= end {
                // What is left, the verdict says.
                return
            }
            try await time.sleep(plan.scale.retryMinimum)
        }
    }

    /// Whether nothing that JIT Access has granted is left in any policy.
    private var isClean: Bool {
        plan.projects.allSatisfy { project in
            cloud.resourceManager.bindings(project).allSatisfy { ledger.end(of: $0) == nil }
        }
    }

    private func perform(_ event: Plan.Event) async throws {
        switch event {
        case .activate(let activation): try activate(activation)
        case .publishUnrelated(let kind):
            try publish(local(Self.unrelated(kind)).message(kind))
        case .publishPoison(let number):
            let data = Array(#"{"type":"ActivationApproved","attributes":{"role":"\#(number)"}}"#.utf8)
            ledger.expectPoison(data)
            try publish(OutgoingMessage(data: data))
        case .edit(let project): editors.edit(plan.projects[project])
        case .duplicate(let place):
            if let message = message(at: place) { subscription.duplicate(message.id) }
        case .seek:
            ledger.count("seek")
            subscription.seek(to: Instant(seconds: 0))
        case .forge(let place):
            if let message = message(at: place) { try await forgePush(of: message) }
        case .rotateKeys(let number): try cloud.keys.rotate(to: CloudKeys.spare.get()[number])
        case .revokeTokens(let keepsServing): cloud.metadata.revokeTokens(keepsServing: keepsServing)
        case .setClock(let instance, let seconds): setClock(instance, seconds)
        case .shiftDate(let seconds): cloud.faults.setDateHeader(.shifted(bySeconds: seconds))
        case .omitDate: cloud.faults.setDateHeader(.omitted)
        case .rightClocks:
            for instance in 0..<Plan.instances { setClock(instance, 0) }
            cloud.faults.setDateHeader(.exact)
            // The real server's cache of a worthless token ends too.
            cloud.metadata.revokeTokens()
        }
    }

    private static func unrelated(_ kind: JITAccessMessageKind) -> Plan.Activation {
        Plan.Activation(number: 0, user: "nobody@example.com", roles: ["roles/x"], project: 0, seconds: 60, kind: kind)
    }

    private func activate(_ planned: Plan.Activation) throws {
        let activation = local(planned)
        for binding in activation.bindings {
            ledger.expect(String(decoding: binding.bytes(), as: UTF8.self), until: activation.end)
            ledger.noteEdit(of: activation.project, at: time.uptime())
            try cloud.resourceManager.edit(activation.project) { LocalPolicy.replacing(binding, in: $0) }
        }
        let id = try publish(activation.message(planned.kind))
        ledger.expect(
            id,
            Ledger.Granted(
                project: activation.project,
                bindings: activation.bindings.map { String(decoding: $0.bytes(), as: UTF8.self) },
                end: activation.end
            )
        )
        ledger.count("activation")
    }

    private func local(_ planned: Plan.Activation) -> LocalActivation {
        let now = Instant(seconds: time.now().seconds)
        var activation = LocalActivation(
            user: planned.user,
            roles: planned.roles,
            project: plan.projects[planned.project],
            start: now,
            end: now.adding(seconds: Int64(planned.seconds)),
            justification: "CASE-\(planned.number)"
        )
        if planned.kind == .approved || planned.kind == .approvedWithResourceCondition {
            activation.approver = "bob@example.com"
            activation.reviewers = ["bob@example.com", "carol@example.com"]
        }
        if planned.kind == .approvedWithResourceCondition {
            activation.resourceCondition = #"resource.name.startsWith("projects/x/zones/a/") || resource.type == "y""#
        }
        return activation
    }

    @discardableResult
    private func publish(_ message: OutgoingMessage) throws -> String {
        try cloud.pubSub.publish([message], to: cloud.topicName(Self.topic)).first ?? ""
    }

    private func message(at place: Int) -> PubSubMessage? {
        let messages = cloud.pubSub.published(cloud.topicName(Self.topic))
        return messages.isEmpty ? nil : messages[place * messages.count / 1000]
    }

    private func forgePush(of message: PubSubMessage) async throws {
        let identity = cloud.options.pushIdentity
        let claims = PushTokenClaims(audience: identity.audience, email: identity.email, issuedAt: time.now())
        // Under a key of one's own, or under the name of Google's.
        let keyID = message.id.last == "0" ? nil : cloud.keys.published.last?.keyID
        let token = try CloudKeys.stranger.get().sign(claims, keyID: keyID)
        let status = await forge(
            token,
            message.envelope(subscription: subscription.settings.name, deliveryAttempt: nil)
        )
        if let status, DeliveryRecord.acknowledgingStatuses.contains(status) {
            ledger.violate("a push with a forged token was answered with \(status)")
        }
        ledger.count("forged")
    }
}
