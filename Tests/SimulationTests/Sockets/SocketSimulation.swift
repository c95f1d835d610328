import HTTPTransport
import LocalCloud
import SystemPackage
import TestSupport
import Timestamps

/// One seed's simulation over sockets: two processes of the program, and ``LocalCloud`` in Google's place.
///
/// Here a seed fixes the plan (who does what when, which faults there are and how many), not the interleaving, which is
/// the machine's: a seed that fails may pass the next time.
struct SocketSimulation {
    let seed: UInt64
    let program: FilePath

    /// Runs it.
    ///
    /// - Returns: How often each thing happened.
    /// - Throws: ``Verdict/Violation``, or what kept the simulation from running at all.
    func run() async throws -> [String: Int] {
        try await withTransport(CurlSettings(userAgent: "jitcleanup-tests", maximumConnectionsPerHost: 100)) {
            try await play($0)
        }
    }

    private func play(_ client: CurlTransport) async throws -> [String: Int] {
        let plan = Plan(seed: seed, scale: .sockets)
        let time = TimeSource.system
        let begin = time.uptime()
        let ledger = Ledger()
        let fleet = ProcessFleet(plan, program, client, time: time, ledger: ledger)
        let balancer = Balancer(fleet, plan, time: time, ledger: ledger)
        var options = LocalCloudOptions(time: time)
        options.signingKeys = try CloudKeys.initial.get()
        try await withLocalCloud(options, transport: balancer) { cloud in
            balancer.open(cloud)
            let world = try World(
                plan,
                cloud,
                time,
                ledger,
                Reports(plan, ledger),
                FaultDie(plan, time: time, ledger: ledger)
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for instance in 0..<Plan.instances {
                    group.addTask { await fleet.host(instance, cloud, since: begin) }
                }
                // Left in any other way, the group kills what is running.
                try await world.run(setClock: { _, _ in }) { try? await balancer.send($0).status }
                fleet.close()
                try await group.waitForAll()
            }
            do { try world.verdict.check() } catch {
                throw Verdict.Violation(description: "\(error)\n\(fleet.logTail)")
            }
        }
        return ledger.counts
    }
}
