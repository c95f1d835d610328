import TestSupport
import Testing

/// Everything at once, from seeds, in virtual time: see ``MemorySimulation``.
///
/// `SIMULATION_SEEDS=1000` runs more of them; `SIMULATION_SEED=42` runs just that one again, step by step as before.
@Suite("The simulation in memory") struct MemorySimulationTests {
    /// Not from 1 on: the third has hundreds of activations of one project, which takes minutes in a debug build.
    private static let seeds = Seeds.chosen("SIMULATION_SEEDS", default: 4...11)

    /// What must have happened somewhere among twenty seeds, so that nothing passes because it was never tried.
    private static let tried = [
        "SIGKILL", "SIGTERM", "activation", "activation of several roles", "activation.clock-ahead", "activation.done",
        "activation.done remembered", "activation.failed", "activation.waiting",
        "activation.young", "announcement.failed", "binding.removed", "denied project", "edit", "fault accessToken",
        "fault createTask",
        "fault getIamPolicy", "fault keys", "fault publish", "fault setIamPolicy", "forged", "given up",
        "granted project", "held by a task", "notice.queued", "notice.not-queued", "purge", "lagging read",
        "late activation", "late lift", "lifted limit", "limited project",
        "lost answer", "message.ignored", "message.quarantined", "policy.roles-refused", "policy.transaction",
        "push 204", "push 401", "push 425", "push 500", "push 503", "push.interrupted", "push.keys-unavailable",
        "push.refused", "quarantined", "removal", "report", "report without etag", "seek", "write",
    ]

    @Test func `nothing is lost, whatever fails, and a seed is the same each time`() async throws {
        let queue = SeedQueue(Self.seeds)
        let ended = await withTaskGroup(of: [UInt64: MemorySimulation.Result].self) { group in
            for _ in 0..<2 { group.addTask { await Self.work(queue) } }
            return await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
        let results = Array(ended.values)
        try #require(results.count == Self.seeds.count)
        let counts = results.reduce(into: [:]) { $0.merge($1.counts, uniquingKeysWith: +) }
        print("Simulation in memory: \(results.count) seeds; \(counts.text)")
        if results.count == 1, let only = results.first { print("Digest: \(only.digest)") }
        #expect(counts["none"] == nil, "each line of the log has its event")
        if results.count >= 20 {
            let missing = Self.tried.filter { counts[$0] == nil }
            #expect(missing.isEmpty)
        }
        #expect(try MemorySimulation(seed: Self.seeds[0]).run() == ended[Self.seeds[0]])
    }

    @concurrent
    private static func work(_ queue: SeedQueue) async -> [UInt64: MemorySimulation.Result] {
        var results: [UInt64: MemorySimulation.Result] = [:]
        while let seed = queue.next() {
            do { results[seed] = try MemorySimulation(seed: seed).run() } catch {
                Issue.record("SIMULATION_SEED=\(seed): \(error)")
            }
        }
        return results
    }
}
