import HTTPTransport
import Synchronization
import TestSupport
import Timestamps

@testable import LocalCloud

/// One seed's simulation in virtual time and without sockets: the same each time that it runs.
///
/// The service is real from a push's header fields to its status (token, keys, envelope, message, decision, commit,
/// Google's APIs, announcements, quarantine, shutdown), and so is the cloud behind ``LocalCloud``'s server, its
/// Pub/Sub included. Only sockets are missing, and HTTP on them.
struct MemorySimulation {
    /// What happened.
    struct Result: Sendable, Equatable {
        /// How often each thing happened.
        let counts: [String: Int]
        /// The same for two runs in which the same things happened in the same order.
        let digest: UInt64
    }

    let seed: UInt64

    /// Runs it.
    ///
    /// - Throws: ``Verdict/Violation``, or what kept the simulation from running at all.
    func run() throws -> Result {
        let plan = Plan(seed: seed, scale: .memory)
        let time = VirtualTime(seed: seed)
        let ledger = Ledger()
        try time.run { try await Self.play(plan, time, ledger) }
        return Result(counts: ledger.counts, digest: ledger.digest)
    }

    private static func play(_ plan: Plan, _ time: VirtualTime, _ ledger: Ledger) async throws {
        let begin = time.uptime
        let reports = Reports(plan, ledger)
        let fleet = MemoryFleet(plan, time, ledger, reports)
        let balancer = Balancer(fleet, plan, time: time.source(), ledger: ledger)
        var options = LocalCloudOptions(time: time.source())
        options.signingKeys = try CloudKeys.initial.get()
        options.keysMaximumAge = plan.keysMaximumAge
        options.accessTokenSeconds = 900
        options.publishingNeedsToken = true
        let service = try LocalCloudService(options, transport: balancer)
        let cloud = LocalCloud(service, port: 80)
        balancer.open(cloud)
        let die = FaultDie(plan, time: time.source(), ledger: ledger)
        let network = MemoryNetwork(service, time, wayBack: plan.readLatency / 2) { die.strikes(inThousand: 10) }
        let world = try World(plan, cloud, time.source(), ledger, reports, die)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await network.serve() }
            group.addTask { await service.tasks.run() }
            group.addTask { await service.pubSub.run() }
            for instance in 0..<Plan.instances {
                group.addTask { await fleet.host(instance, cloud, network, since: begin) }
            }
            defer { group.cancelAll() }
            try await world.run(setClock: { fleet.setClock($0, $1) }) { request in
                try? await balancer.send(request).status
            }
        }
        try world.verdict.check()
    }
}
