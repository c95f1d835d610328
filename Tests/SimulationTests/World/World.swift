import HTTPTransport
import LocalCloud
import Synchronization
import TestSupport
import Timestamps

/// A plan's cloud, set up with projects, topics, a subscription, faults and editors.
struct World: Sendable {
    let plan: Plan
    let cloud: LocalCloud
    let ledger: Ledger
    private let subscription: PushSubscription
    private let editors: Editors
    private let reports: Reports
    private let time: TimeSource

    init(
        _ plan: Plan,
        _ cloud: LocalCloud,
        _ time: TimeSource,
        _ ledger: Ledger,
        _ reports: Reports,
        _ die: FaultDie
    ) throws {
        self.plan = plan
        self.cloud = cloud
        self.ledger = ledger
        self.reports = reports
        self.time = time
        editors = Editors(cloud.resourceManager, ledger, seed: plan.seeds.editors)
        for project in plan.projects { try editors.makeProject(project) }
        cloud.pubSub.createTopic(cloud.topicName(Director.quarantine))
        subscription = cloud.subscribe(to: Director.topic, pushingTo: Balancer.url) { settings in
            settings.ackDeadline = .seconds(plan.scale.requestTimeoutSeconds + 2)
            settings.retryPolicy = .init(minimum: plan.scale.retryMinimum, maximum: plan.retryMaximum)
            settings.maximumInFlight = 100
        }
        if plan.usesQueue {
            var settings = LocalTaskQueues.Settings()
            settings.minimumBackoff = plan.scale.retryMinimum
            settings.maximumBackoff = plan.retryMaximum
            settings.clockAhead = plan.queueClockAhead
            cloud.tasks.createQueue(Plan.queue, settings)
        }
        die.install(in: cloud.faults)
        setHooks(die)
    }

    /// Whether every promise was kept.
    var verdict: Verdict {
        Verdict(
            plan: plan,
            cloud: cloud,
            subscription: subscription,
            editors: editors,
            ledger: ledger,
            reports: reports
        )
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

    /// Edits in the middle of the service's read-modify-write, and reads that lag behind, whoever has written last.
    private func setHooks(_ die: FaultDie) {
        cloud.resourceManager.setBeforeWrite { [editors] call in
            if die.strikes(inThousand: 150) { editors.edit(call.project) }
        }
        let random = Mutex(SplitMix64(seed: plan.seeds.lags))
        cloud.resourceManager.setBeforeRead {
            [resourceManager = cloud.resourceManager, ledger, plan, time] call in
            let age = random.withLock { random in
                random.number(below: 1000) < plan.lagsInThousand ? random.time(below: plan.scale.lag) : nil
            }
            guard let age else { return }
            ledger.count("lagging read")
            resourceManager.serveReads(1, of: call.project, asOf: time.now().adding(.zero - age))
        }
    }
}
