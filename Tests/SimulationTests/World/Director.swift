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
        let now = Instant(seconds: time.now().seconds)
        // Activations take their time.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for step in plan.steps {
                try await time.sleep(max(.zero, begin + step.at - time.uptime()))
                if case .activate(let activation) = step.event {
                    group.addTask { try await activate(activation, since: now) }
                } else {
                    try await perform(step.event)
                }
            }
            try await group.waitForAll()
        }
        try await time.sleep(max(.zero, begin + plan.scale.faultTime - time.uptime()))
        guard try await settle(), plan.scale.liftsLimits, !ledger.refusals.limited.isEmpty else { return }
        // All has gone that may; now for the rest.
        ledger.count("late lift")
        for project in ledger.refusals.limited { cloud.resourceManager.setModifiableRoles(nil, of: project) }
        let lifted = time.now()
        ledger.change { $0.endAll(at: lifted) }
        // What was given up comes again, once nothing is under way that was still refused.
        try await time.sleep(subscription.settings.ackDeadline)
        subscription.seek(to: Instant(seconds: 0))
        _ = try await settle()
    }

    /// Waits until nothing is left to do.
    ///
    /// - Returns: Whether that came in time.
    private func settle() async throws -> Bool {
        let end = time.uptime() + plan.scale.settlingTime
        while let left = whatIsLeft() {
            if time.uptime() >= end {
                ledger.violate("not done in time: \(left)")
                return false
            }
            try await time.sleep(plan.scale.retryMinimum)
        }
        return true
    }

    /// What the service has still to do; nil if all is done but what Google refuses.
    private func whatIsLeft() -> String? {
        if let last = ledger.lastEnd, last.adding(seconds: plan.scale.graceSeconds) > time.now() { return "time" }
        let judge = Acknowledgements(plan: plan, cloud: cloud, ledger: ledger)
        for project in plan.projects {
            let left = cloud.resourceManager.bindings(project).filter { !judge.mayStay($0, in: project) }
            if !left.isEmpty { return "\(project): expired bindings that nobody refuses to remove: \(left)" }
        }
        let open = subscription.unacknowledged.filter { !judge.mayStayOpen($0) }
        return open.isEmpty ? nil : "messages that are not acknowledged: \(open)"
    }

    private func perform(_ event: Plan.Event) async throws {
        switch event {
        case .activate: break
        case .publishUnrelated(let kind):
            let nobody = LocalActivation(
                user: "nobody@example.com",
                roles: ["roles/x"],
                project: plan.projects[0],
                start: time.now(),
                end: time.now().adding(seconds: 60)
            )
            try publish(nobody.message(kind))
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
        case .purge:
            ledger.count("purge")
            cloud.tasks.purge(Plan.queue)
        case .refuse(let refusal): refuse(refusal, true)
        case .allow(let refusal): refuse(refusal, false)
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

    private func refuse(_ refusal: Plan.Refusal, _ isRefused: Bool) {
        let project = plan.projects[refusal.project]
        let now = time.now()
        let roles: Set<String>?
        switch refusal.kind {
        case .denied(let permission):
            roles = nil
            cloud.resourceManager.setDenied(isRefused, permission, on: project)
            ledger.count(isRefused ? "denied project" : "granted project")
        case .limited(let refused):
            roles = refused
            let others = Set(Plan.roles).subtracting(refused)
            cloud.resourceManager.setModifiableRoles(isRefused ? others : nil, of: project)
            ledger.count(isRefused ? "limited project" : "lifted limit")
        }
        ledger.change { isRefused ? $0.begin(project, roles, at: now) : $0.end(project, roles, at: now) }
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
