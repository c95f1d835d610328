import Cleanup
import IAMPolicy
import TestSupport
import Testing
import Timestamps

/// Callers whose time runs out, or who go away.
@Suite struct CommitDeadlineTests {
    private static func hang(_ numbers: Set<Int>) -> @Sendable (PolicyService.Call) -> PolicyService.Fault? {
        { numbers.contains($0.number) ? .hang(applied: false) : nil }
    }

    @Test func `a follower is answered at its own deadline`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault(Self.hang([1]))
        let start = scene.time.uptime
        let results = try scene.time.run {
            await Scene.together(2) { await scene.ask($0, timeout: .seconds($0 == 0 ? 50 : 1)) }
        }
        #expect(results.map(\.result.name) == ["done", "out-of-time"])
        #expect(results[1].at - start == .seconds(1))
    }

    @Test func `a follower that is part of a running edit is answered at its own deadline too`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault(Self.hang([3]))
        let start = scene.time.uptime
        let results = try scene.time.run {
            await Scene.together(3) { user in
                // Both share the read that follows the first caller's edit, and it hangs.
                if user > 0 { try? await scene.time.sleep(.milliseconds(50)) }
                return await scene.ask(user, endedSecondsAgo: 120, timeout: .seconds([0.2, 50, 1][user]))
            }
        }
        #expect(results.map(\.result.name) == ["out-of-time", "done", "out-of-time"])
        #expect(results[2].at - start == .milliseconds(1050))
    }

    @Test func `when the leader's time is over, another takes the others on`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault(Self.hang([1]))
        let start = scene.time.uptime
        let results = try scene.time.run {
            await Scene.together(3) { await scene.ask($0, timeout: .seconds($0 == 0 ? 1 : 30)) }
        }
        #expect(results.map(\.result.name) == ["out-of-time", "done", "done"])
        #expect(results[0].at - start == .seconds(1))
        #expect(results[1].at - start < .seconds(2))
        #expect(scene.service.methods == [.read, .read, .write])
    }

    @Test func `the one with the most time left leads`() throws {
        let scene = Scene()
        scene.fill()
        // A project so slow that a turn takes 4 s: led by the oldest, each turn would end just before it is done.
        scene.service.setFault { $0.method == .read ? .slow(.seconds(4)) : nil }
        let results = try scene.time.run {
            await Scene.together(4) { number in
                try? await scene.time.sleep(.seconds(number))
                return await scene.ask(number, timeout: .seconds(number == 3 ? 6 : 4))
            }
        }
        #expect(results[3].result.name == "done")
        #expect(scene.service.methods.filter { $0 == .read }.count == 2)
    }

    @Test func `a caller that goes away while it waits is let go at once`() throws {
        let scene = Scene()
        scene.fill()
        let start = scene.time.uptime
        let results = try scene.time.run {
            await Scene.together(2) { number in
                await withTaskGroup(of: (CleanupOutcome, Duration)?.self) { group in
                    group.addTask { await scene.ask(number) }
                    group.addTask {
                        if number == 1 { try? await scene.time.sleep(.milliseconds(10)) }
                        return nil
                    }
                    var answer: (CleanupOutcome, Duration)?
                    for await result in group {
                        if let result { answer = result } else if number == 1 { group.cancelAll() }
                    }
                    return answer
                }
            }
        }
        #expect(results[0]?.0.name == "done")
        #expect(results[1]?.0.name == "cancelled")
        #expect(results[1]?.1 == start + .milliseconds(10))
    }

    @Test(arguments: [50, 200])
    func `a leader that goes away is replaced, and its write is not forgotten`(_ milliseconds: Int) throws {
        let scene = Scene()
        scene.fill()
        let results = try scene.time.run {
            await Scene.together(2) { number in
                await withTaskGroup(of: CleanupOutcome?.self) { group in
                    group.addTask { await scene.ask(number).result }
                    if number == 0 {
                        try? await scene.time.sleep(.milliseconds(milliseconds))
                        group.cancelAll()
                    }
                    return await group.next().flatMap(\.self)
                }
            }
        }
        #expect(results.map { $0?.name } == ["cancelled", "done"])
        #expect(scene.service.bindings(Scene.project).isEmpty)
        // Whether or not the first write was applied, exactly one line says that the binding went.
        #expect(scene.log.all.flatMap(\.removed).count == 1)
    }

    @Test func `a write that was applied after its caller had gone is found by the next one`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFaults([2: .hang(applied: true)])
        let first = try scene.time.run { await scene.ask(timeout: .seconds(5)) }
        #expect(first.result.name == "out-of-time")
        #expect(scene.log.all.isEmpty)
        let second = try scene.time.run { await scene.ask() }
        #expect(second.result.name == "done")
        #expect(scene.log.all.map(\.removed.count) == [1])
        #expect(scene.log.all.map(\.etagAfter) == [nil])
        #expect(scene.log.all.map(\.causes) == [["message-0"]])
    }

    @Test func `one that gives up waiting for a slot takes none along`() throws {
        let scene = Scene(concurrency: 1)
        for number in 0..<6 { scene.fill("project-\(number)") }
        scene.service.setFault(Self.hang([1]))
        let results = try scene.time.run {
            await Scene.together(6) { number in
                await scene.ask(0, "project-\(number)", timeout: .seconds(number == 0 ? 10 : number < 3 ? 1 : 30))
            }
        }
        #expect(
            results.map(\.result.name) == ["out-of-time", "out-of-time", "out-of-time", "done", "done", "done"]
        )
        // The slot is free again, and there is still just one.
        let again = try scene.time.run { await Scene.together(2) { await scene.ask(0, "project-\($0)") } }
        #expect(again.map(\.result.name) == ["done", "done"])
        #expect(scene.service.mostInFlight == 1)
    }

    @Test func `nobody has to wait beyond the deadline, however calls hang`() throws {
        let scene = Scene(concurrency: 2)
        scene.service.setFault { _ in .hang(applied: false) }
        let start = scene.time.uptime
        let results = try scene.time.run {
            await Scene.together(40) { await scene.ask($0, "project-\($0 % 8)", timeout: .seconds(50)) }
        }
        #expect(Set(results.map(\.result.name)) == ["out-of-time"])
        #expect(results.allSatisfy { $0.at - start <= .seconds(50) })
    }
}
