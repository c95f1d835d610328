import HTTPTransport
import LocalCloud
import Timestamps

/// A plan's cloud, set up with projects, topics, a subscription, faults and editors.
struct World: Sendable {
    let plan: Plan
    let cloud: LocalCloud
    let ledger: Ledger
    private let subscription: PushSubscription
    private let editors: Editors
    private let time: TimeSource

    init(_ plan: Plan, _ cloud: LocalCloud, _ time: TimeSource, _ ledger: Ledger, _ die: FaultDie) throws {
        self.plan = plan
        self.cloud = cloud
        self.ledger = ledger
        self.time = time
        editors = Editors(cloud.resourceManager, ledger, time, seed: plan.seeds.editors)
        for project in plan.projects { try editors.makeProject(project) }
        cloud.pubSub.createTopic(cloud.topicName(Director.quarantine))
        subscription = cloud.subscribe(to: Director.topic, pushingTo: Balancer.url) { settings in
            settings.ackDeadline = .seconds(plan.holdSeconds + plan.scale.requestTimeoutSeconds + 2)
            settings.retryPolicy = .init(minimum: plan.scale.retryMinimum, maximum: plan.retryMaximum)
            settings.maximumInFlight = 100
        }
        die.install(in: cloud.faults)
        setHooks(die)
    }

    /// Whether every promise was kept.
    var verdict: Verdict {
        Verdict(plan: plan, cloud: cloud, subscription: subscription, editors: editors, ledger: ledger)
    }

    /// Lets everything happen.
    ///
    /// - Parameters:
    ///   - setClock: Sets an instance's clock off.
    ///   - push: Pushes from outside; the status, if there was an answer.
    /// - Throws: `CancellationError`, or why something could not be made to happen.
    func run(
        setClock: @escaping @Sendable (_ instance: Int, _ seconds: Int64) -> Void,
        push: @escaping @Sendable (TransportRequest) async -> Int?
    ) async throws {
        let limits = TransportLimits(connect: .seconds(1), total: .seconds(10), responseBytes: 1 << 16)
        try await Director(
            plan: plan,
            cloud: cloud,
            subscription: subscription,
            editors: editors,
            ledger: ledger,
            time: time,
            setClock: setClock,
            forge: { token, body in
                let headers = [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")]
                return await push(
                    TransportRequest(
                        .post,
                        Balancer.url,
                        headers: headers.map { (name: $0.0, value: $0.1) },
                        body: body,
                        limits: limits
                    )
                )
            }
        ).run()
    }

    /// Edits in the middle of the service's read-modify-write, and reads that lag behind.
    private func setHooks(_ die: FaultDie) {
        cloud.resourceManager.setBeforeWrite { [editors] call in
            if die.strikes(inThousand: 150) { editors.edit(call.project) }
        }
        cloud.resourceManager.setBeforeRead {
            [resourceManager = cloud.resourceManager, ledger, lag = plan.scale.lag, time] call in
            // What stood there a short while ago: that a read hides an activation for longer than it lasts, nobody can
            // guard against.
            guard let edit = ledger.lastEdit(of: call.project), time.uptime() - edit < lag,
                die.strikes(inThousand: 100)
            else { return }
            ledger.count("lagging read")
            resourceManager.serveStaleReads(1, of: call.project)
        }
    }
}
