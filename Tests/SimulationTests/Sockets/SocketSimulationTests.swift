import FoundationEssentials
import SystemPackage
import Testing

/// Everything at once, from seeds, with the program itself: see ``SocketSimulation``.
///
/// `SOCKET_SIMULATION_SEEDS=10` runs more of them and `SIMULATION_SEED=7` just that one; `JITCLEANUP_BINARY` names the
/// program, which otherwise is the debug build beside the tests.
@Suite("The simulation over sockets", .timeLimit(.minutes(10))) struct SocketSimulationTests {
    private static let seeds = Seeds.chosen("SOCKET_SIMULATION_SEEDS", default: 1...2)
    /// So many clouds with two processes each at a time.
    private static let atATime = 3

    private static let program: FilePath =
        ProcessInfo.processInfo.environment["JITCLEANUP_BINARY"].map { FilePath($0) }
        ?? FilePath(CommandLine.arguments[0]).removingLastComponent().appending("jitcleanup")

    /// What must have happened somewhere, so that nothing passes because it was never tried.
    private static let tried = [
        "SIGTERM", "activation", "activation of several roles", "activation.done", "activation.waiting",
        "activation.young", "edit", "fault getIamPolicy", "fault setIamPolicy", "lagging read", "late activation",
        "limited project", "lost answer", "policy.roles-refused", "push 204", "push 425", "push 500", "removal", "seek",
        "service.stopped", "write",
    ]

    @Test func `nothing is lost, whatever fails`() async throws {
        let queue = SeedQueue(Self.seeds)
        let results = await withTaskGroup(of: [[String: Int]].self) { group in
            for _ in 0..<Self.atATime { group.addTask { await Self.work(queue) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        try #require(results.count == Self.seeds.count)
        let counts = results.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        print("Simulation over sockets with \(Self.program): \(results.count) seeds; \(counts.text)")
        let missing = Self.tried.filter { counts[$0] == nil }
        #expect(missing.isEmpty)
    }

    private static func work(_ queue: SeedQueue) async -> [[String: Int]] {
        var results: [[String: Int]] = []
        while let seed = queue.next() {
            do { results.append(try await SocketSimulation(seed: seed, program: program).run()) } catch {
                Issue.record("SIMULATION_SEED=\(seed): \(error)")
            }
        }
        return results
    }
}
