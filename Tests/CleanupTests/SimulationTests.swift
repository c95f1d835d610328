import FoundationEssentials
import Synchronization
import Testing

/// Everything at once, from seeds: see ``Simulation``.
///
/// `SIMULATION_SEEDS=1000` runs more of them; `SIMULATION_SEED=42` runs just that one again.
@Suite struct SimulationTests {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    private static let seeds: [UInt64] =
        setting("SIMULATION_SEED").map { [$0] } ?? Array(1...max(1, setting("SIMULATION_SEEDS") ?? 20))

    @Test func `nothing is lost, whatever fails`() async throws {
        let queue = SeedQueue(Self.seeds)
        let tallies = await withTaskGroup(of: [Simulation.Tally].self) { group in
            for _ in 0..<2 { group.addTask { await Self.work(queue) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        try #require(tallies.count == Self.seeds.count)
        // All of it must have been tried.
        let total = tallies.reduce(into: Simulation.Tally()) { total, tally in
            total.faults += tally.faults
            total.kills += tally.kills
            total.removals += tally.removals
            total.edits += tally.edits
            total.deliveries += tally.deliveries
            total.remembered += tally.remembered
            total.calls += tally.calls
        }
        print("Simulation: \(tallies.count) seeds, \(total)")
        if Self.seeds.count >= 10 {
            #expect(total.faults > 100 && total.kills > 0 && total.removals > 100 && total.remembered > 0)
        }
    }

    @concurrent
    private static func work(_ queue: SeedQueue) async -> [Simulation.Tally] {
        var tallies: [Simulation.Tally] = []
        while let seed = queue.next() {
            do { tallies.append(try Simulation(seed: seed).run()) } catch {
                Issue.record("SIMULATION_SEED=\(seed): \(error)")
            }
        }
        return tallies
    }
}

private final class SeedQueue: Sendable {
    private let seeds: Mutex<ArraySlice<UInt64>>

    init(_ seeds: [UInt64]) {
        self.seeds = Mutex(seeds[...])
    }

    func next() -> UInt64? { seeds.withLock { $0.popFirst() } }
}
