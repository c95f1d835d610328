import Cleanup
import FoundationEssentials
import HTTPTransport
import IAMPolicy
import Synchronization
import TestSupport
import Testing
import Timestamps

@testable import LocalCloud

/// Prints the table of `Tests/Benchmarks/waiting`: many activations that wait by refusal, and in Cloud Tasks.
///
/// All of it is in virtual time, so the figures are the same on each machine. Pub/Sub's push backoff, which slows a whole
/// subscription down when much is refused, is played by a model of Google's description (`PushBackoff`).
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["BENCHMARK"] != nil, "run by Tests/Benchmarks/waiting")
)
struct WaitingBenchmark {
    private static let projects = 500
    private static let lastingSeconds: Int64 = 600
    /// After that nobody waits any more.
    private static let patience: Duration = .seconds(48 * 3600)

    private final class Tally: Sendable {
        let deliveries = Mutex(0)
        /// From end to removal, in seconds.
        let lateness = Mutex<[Double]>([])
    }

    @Test(arguments: [(false, false), (true, false), (true, true)])
    func `how many deliveries and calls an activation costs, and how late it goes`(_ usesQueue: Bool, _ isBunched: Bool)
        throws
    {
        let count = ProcessInfo.processInfo.environment["ACTIVATIONS"].flatMap { Int($0) } ?? 10_000
        let time = VirtualTime(seed: 1)
        let tally = Tally()
        let calls = try time.run {
            try await Self.play(count, usesQueue, isBunched, time, tally)
        }
        let late = tally.lateness.withLock { $0.sorted() }
        func per(_ number: Int) -> Double { (Double(number) / Double(count) * 100).rounded() / 100 }
        func at(_ share: Double) -> String {
            late.isEmpty ? "never" : "\((late[Int(Double(late.count - 1) * share)] * 10).rounded() / 10) s"
        }
        print(
            "| \(usesQueue ? "with a queue" : "by refusal")\(isBunched ? ", a project's within 2 s" : "") "
                + "| \(per(tally.deliveries.withLock { $0 })) | \(at(0.5)) | \(at(0.99)) | \(per(calls.policies)) "
                + "| \(per(calls.tasks)) | \(late.count) of \(count) |"
        )
        #expect(!usesQueue || late.count == count)
    }

    private static func play(
        _ count: Int,
        _ usesQueue: Bool,
        _ isBunched: Bool,
        _ time: VirtualTime,
        _ tally: Tally
    ) async throws -> (policies: Int, tasks: Int) {
        // Any plan will do that waits like this; nothing else of it is used.
        let plan = try #require(
            (0..<1000).lazy.map { Plan(seed: $0, scale: .memory) }
                .first { $0.usesQueue == usesQueue && $0.giveUpSeconds == 86_400 }
        )
        let ledger = Ledger()
        let instance = MemoryInstance(time, ledger, life: 1)
        var options = LocalCloudOptions(time: time.source())
        options.signingKeys = try CloudKeys.initial.get()
        let pushes = TestTransport(keeps: false) { request in
            // Announcements come by the same subscription, and are no waiting.
            let isAnnouncement = String(decoding: request.body, as: UTF8.self).contains(#""origin":"jit-cleanup""#)
            if !isAnnouncement { tally.deliveries.withLock { $0 += 1 } }
            do throws(TransportError) { return .success(try await instance.push(request)) } catch {
                return .failure(error)
            }
        }
        let service = try LocalCloudService(options, transport: pushes)
        let cloud = LocalCloud(service, port: 80)
        cloud.faults.setLatency(.milliseconds(100), at: .getIamPolicy)
        cloud.faults.setLatency(.milliseconds(200), at: .setIamPolicy)
        let network = MemoryNetwork(service, time, wayBack: .milliseconds(10)) { false }
        let parts = try MemoryParts(
            plan,
            cloud,
            network,
            time.source(),
            random: { 0.5 },
            concurrency: PolicyCommitter.defaultConcurrency,
            ledger: ledger,
            onWrite: { write in
                tally.lateness.withLock { lateness in
                    lateness += write.removed.map { $0.period.end.duration(until: write.time) / .seconds(1) }
                }
            }
        )
        for project in 0..<projects {
            try cloud.resourceManager.setPolicy("project-\(project)", LocalPolicy.policy([]))
        }
        if usesQueue { cloud.tasks.createQueue(Plan.queue) }
        _ = cloud.subscribe(to: Director.topic, pushingTo: Balancer.url) { settings in
            settings.ackDeadline = .seconds(60)
            settings.maximumInFlight = 1000
            settings.appliesPushBackoff = true
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await network.serve() }
            group.addTask { await service.tasks.run() }
            group.addTask { await service.pubSub.run() }
            group.addTask { await instance.run(parts, until: nil) }
            defer { group.cancelAll() }
            for number in 0..<count {
                let project = isBunched ? number / max(1, count / projects) : number % projects
                try activate(number, project, cloud, now: time.now)
                try await time.sleep(.milliseconds(60))
            }
            let end = time.uptime + Self.patience
            while tally.lateness.withLock({ $0.count }) < count || !cloud.tasks.tasks(in: Plan.queue).isEmpty,
                time.uptime < end
            {
                try await time.sleep(.seconds(60))
            }
        }
        let policies = service.requests.count(.getIamPolicy) + service.requests.count(.setIamPolicy)
        return (policies, service.requests.count(.createTask))
    }

    private static func activate(_ number: Int, _ project: Int, _ cloud: LocalCloud, now: Instant) throws {
        let activation = LocalActivation(
            user: "user-\(number)@example.com",
            roles: ["roles/compute.viewer"],
            project: "project-\(min(project, projects - 1))",
            start: now,
            end: now.adding(seconds: lastingSeconds)
        )
        _ = try cloud.activate(activation, .selfApproved, topic: Director.topic)
    }
}
