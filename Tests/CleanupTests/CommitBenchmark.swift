import Cleanup
import ExpiryNotices
import FoundationEssentials
import GoogleCloud
import IAMPolicy
import TestSupport
import Testing
import Timestamps

/// Prints the table of `Tests/Benchmarks/policy-edits`; nothing here passes or fails by the machine's speed.
///
/// The bursts run in virtual time, so their durations are those of the calls alone and the same on each machine; the
/// pure edit is measured in real time.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["BENCHMARK"] != nil, "run by Tests/Benchmarks/policy-edits")
)
struct CommitBenchmark {
    private static let count = 500
    private static let atATime = 80

    private struct Row {
        let name: String
        let time: Duration
        let calls: Int
        let writes: Int

        var text: String {
            let perActivation = Double(calls) / Double(CommitBenchmark.count)
            return "| \(name) | \(CommitBenchmark.seconds(time)) s | \(calls) | \(perActivation) | \(writes) |"
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        return "\(Double(Int(milliseconds.rounded())) / 1000)"
    }

    /// Several processes may each have a committer over the same policy.
    private func burst(_ name: String, _ rules: CleanupRules, processes: Int = 1, editsBeforeWrites: Bool = false)
        throws -> Row
    {
        let time = VirtualTime(seed: 1)
        let service = PolicyService(time: time)
        let begin = time.now
        let ends = (0..<Self.count).map { begin.adding(seconds: -120 - Int64($0)) }
        service.edit(Scene.project) { bindings in
            bindings += ends.enumerated().map { Scene.binding($0.offset, end: $0.element) } + [Scene.foreign(0)]
        }
        if editsBeforeWrites {
            service.setFault { call in
                // Three of ten writes find a policy that an editor has just changed.
                if call.method == .write, [0, 3, 7].contains(call.number % 10) {
                    service.edit(Scene.project) { $0.append(Scene.foreign(call.number)) }
                }
                return nil
            }
        }
        let cleaners = (0..<processes).map { _ in
            let committer = PolicyCommitter(
                resourceManager: ResourceManager(transport: service, tokens: CountingTokens(), time: time.source()),
                rules: rules,
                time: time.source()
            ) { _ in }
            return NoticeCleaner(committer: committer, rules: rules, time: time.source())
        }
        let start = time.uptime
        let done = try time.run {
            let counts = await Scene.together(Self.atATime) { worker in
                var done = 0
                for number in stride(from: worker, to: Self.count, by: Self.atATime) {
                    let notice = ExpiryNotice(
                        resource: "projects/\(Scene.project)",
                        ends: [ends[number]],
                        grants: [ExpiryNotice.Grant(role: "roles/viewer", member: "user:user-\(number)@example.com")],
                        source: .released,
                        messageID: "\(number)",
                        publishTime: ends[number].adding(seconds: -3600)
                    )
                    let result = await cleaners[number % processes].clean(notice, at: time.now)
                    if case .done = result { done += 1 }
                }
                return done
            }
            return counts.reduce(0, +)
        }
        #expect(done == Self.count)
        #expect(service.bindings(Scene.project).allSatisfy { $0.contains("roles/editor") })
        let edits = service.history.filter { !$0.isService }.count
        #expect(service.bindings(Scene.project).count == edits)
        return Row(
            name: name,
            time: time.uptime - start,
            calls: service.calls.count,
            writes: service.history.filter(\.isService).count
        )
    }

    /// A read and a write for each activation, one after the other.
    private func oneByOne() throws -> Row {
        let time = VirtualTime()
        let service = PolicyService(time: time)
        let begin = time.now
        service.edit(Scene.project) { bindings in
            bindings += (0..<Self.count).map {
                Scene.binding($0, end: begin.adding(seconds: -120), role: "roles/viewer-\($0)")
            }
        }
        let manager = ResourceManager(transport: service, tokens: CountingTokens(), time: time.source())
        let project = try #require(PolicyResource("projects/\(Scene.project)"))
        let start = time.uptime
        try time.run {
            for number in 0..<Self.count {
                let read = try await manager.getIamPolicy(of: project, within: .seconds(20))
                // One binding after the other: each read shows one more that has gone.
                let edit = try Policy(read.bytes).edit(now: read.date, graceSeconds: 60, titles: .activations)
                let body = try #require(edit.setIamPolicyBody(roles: ["roles/viewer-\(number)"]))
                _ = try await manager.setIamPolicy(of: project, body: body, reason: "", within: .seconds(20))
            }
        }
        #expect(service.bindings(Scene.project).isEmpty)
        return Row(name: "one by one", time: time.uptime - start, calls: service.calls.count, writes: Self.count)
    }

    @Test func `a burst of ended activations of one project`() throws {
        let alone = try oneByOne()
        let rows = [
            alone,
            try burst("a burst", CleanupRules()),
            try burst("an editor before 30 % of the writes", CleanupRules(), editsBeforeWrites: true),
            try burst("four processes", CleanupRules(), processes: 4),
        ]
        print(
            "| \(Self.count) ended activations, \(Self.atATime) at a time | time | calls | calls per activation | writes |"
        )
        print("|---|---|---|---|---|")
        for row in rows { print(row.text) }
        print("speed-up of the burst: \(Int(alone.time / rows[1].time)) times")
    }

    @Test func `the pure edit of the largest policy`() throws {
        let now = VirtualTime.epoch
        let (text, expired) = LargestPolicy.text(now: now)
        let bytes = Array(text.utf8)
        var reads: [Duration] = []
        var edits: [Duration] = []
        for _ in 0..<300 {
            let start = TimeSource.system.uptime()
            let policy = try Policy(bytes)
            reads.append(TimeSource.system.uptime() - start)
            let edit = policy.edit(now: now, graceSeconds: 60, titles: .activations)
            edits.append(TimeSource.system.uptime() - start)
            #expect(edit.expired.count == expired)
            #expect(edit.setIamPolicyBody().map { $0.count < bytes.count } ?? false)
        }
        let size = "\(LargestPolicy.members) members, \(LargestPolicy.activations) of them temporary"
        for (name, times) in [("read", reads.sorted()), ("read, decided and written out", edits.sorted())] {
            print(
                "pure edit, \(size), \(bytes.count / 1000) kB: \(name) in \(Self.seconds(times[150] * 1000)) ms"
                    + " (median; fastest \(Self.seconds(times[0] * 1000)) ms)"
            )
        }
    }
}
