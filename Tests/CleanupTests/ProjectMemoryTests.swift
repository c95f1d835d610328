import Cleanup
import GoogleCloud
import IAMPolicy
import Testing
import Timestamps
import VirtualTime

@testable import Cleanup

/// What is known without a call, and what is not.
@Suite struct ProjectMemoryTests {
    /// What a second caller is told after a first one, some time later.
    private func second(
        _ scene: Scene,
        after seconds: Int64 = 1,
        first: @Sendable @escaping () async -> Void,
        _ ask: @Sendable @escaping () async -> (result: CommitResult, at: Duration)
    ) throws -> (name: String, calls: Int) {
        try scene.time.run {
            await first()
            let calls = scene.service.calls.count
            try await scene.time.sleep(.seconds(seconds))
            let answer = await ask()
            return (answer.result.name, scene.service.calls.count - calls)
        }
    }

    @Test func `within the margin of staleness a look is taken`() throws {
        for ago: Int64 in [62, 600, 659] {
            let scene = Scene()
            scene.fill()
            let answer = try second(scene, after: 0, first: { _ = await scene.ask() }) {
                await scene.ask(1, endedSecondsAgo: ago)
            }
            #expect(answer == ("done", 1), "ended \(ago) s ago")
        }
    }

    @Test func `what ended long before a read that showed nothing of it needs no call`() throws {
        let scene = Scene()
        scene.fill()
        let answer = try second(scene, first: { _ = await scene.ask() }) { await scene.ask(1, endedSecondsAgo: 700) }
        #expect(answer.name == "remembered")
        #expect(answer.calls == 0)
    }

    @Test func `after a minute a look is taken again`() throws {
        let scene = Scene()
        scene.fill()
        let early = try second(scene, after: 59, first: { _ = await scene.ask() }) { await scene.ask(1) }
        #expect(early == ("remembered", 0))
        let late = try second(scene, after: 2, first: {}) { await scene.ask(1) }
        #expect(late == ("done", 1))
    }

    @Test func `a grace longer than the margin counts as well`() throws {
        let scene = Scene(rules: CleanupRules(graceSeconds: 3000))
        // Within the grace at the first read, so not expired then, and there still.
        scene.fill(users: 0..<1, endedSecondsAgo: 2990)
        scene.fill(users: 1..<2, endedSecondsAgo: 7200)
        let answer = try second(scene, after: 20, first: { _ = await scene.ask(1, endedSecondsAgo: 7200) }) {
            await scene.ask(0, endedSecondsAgo: 3010)
        }
        #expect(answer == ("done", 2))
        #expect(scene.service.bindings(Scene.project).isEmpty)
    }

    @Test func `what another activation left in the policy is not taken for gone`() throws {
        let scene = Scene()
        scene.fill(users: 0..<3)
        let first: @Sendable () async -> Void = { _ = await scene.ask(0, alone: true) }
        let request = scene.request(1, alone: true, timeout: .seconds(3000))
        let left = try second(scene, first: first) { await scene.ask(request) }
        #expect(left == ("done", 2))
        let stranger = try second(scene, first: {}) { await scene.ask(9, alone: true) }
        #expect(stranger == ("remembered", 0))
        let all = try second(scene, first: {}) { await scene.ask(2) }
        #expect(all == ("done", 2))
    }

    @Test func `a dry run remembers nothing that it has not done`() throws {
        let scene = Scene(rules: CleanupRules(isDryRun: true))
        scene.fill()
        let answer = try second(scene, first: { _ = await scene.ask() }) { await scene.ask() }
        #expect(answer == ("done", 1))
        #expect(scene.service.bindings(Scene.project).count == 1)
        #expect(scene.log.all.map(\.isDryRun) == [true, true])
    }

    @Test func `a write that did not stand is not remembered`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault { $0.method == .write ? .status(503) : nil }
        let answer = try second(scene, first: { _ = await scene.ask(timeout: .seconds(3)) }) {
            await scene.ask(timeout: .seconds(3))
        }
        #expect(answer.name == "out-of-time")
        #expect(answer.calls > 1)
    }

    @Test(arguments: [403, 404])
    func `a project that must not or cannot be edited costs one call a minute`(_ status: Int) throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault { $0.project == Scene.project ? .status(status, code: "X") : nil }
        let names = try scene.time.run {
            await Scene.together(1_000) { number in
                try? await scene.time.sleep(.milliseconds(number * 50))
                return await scene.ask(number, endedSecondsAgo: 120).result.name
            }
        }
        #expect(Set(names) == [status == 403 ? "permission-denied" : "project-not-found"])
        #expect(scene.service.calls.count == 1)
        scene.service.setFault { _ in nil }
        let later = try second(scene, after: 60, first: {}) { await scene.ask() }
        #expect(later == ("done", 2))
    }

    @Test func `a refused project does not speak for another`() throws {
        let scene = Scene()
        scene.fill("project-b")
        scene.service.setFault { $0.project == Scene.project ? .status(403) : nil }
        let other = try second(scene, first: { _ = await scene.ask() }) { await scene.ask(0, "project-b") }
        #expect(other == ("done", 2))
    }

    @Test(arguments: [true, false])
    func `a replay of ten thousand messages over a hundred projects costs three calls a project`(
        _ alone: Bool
    ) throws {
        let scene = Scene(rules: CleanupRules(scope: alone ? .activation : .project))
        for project in 0..<100 { scene.fill("project-\(project)", users: 0..<5, endedSecondsAgo: 90_000) }
        let end = scene.time.now.adding(seconds: -90_000)
        let names = try scene.time.run {
            // As many at a time as Cloud Run lets one instance have.
            await withTaskGroup(of: [String].self) { group in
                for worker in 0..<80 {
                    group.addTask {
                        var names: [String] = []
                        for number in stride(from: worker, to: 10_000, by: 80) {
                            var request = scene.request(number / 100 % 5, alone: alone, timeout: .seconds(50))
                            request.end = end
                            if case .activation(let user, let roles, _, _) = request.removal {
                                request.removal = .activation(beneficiary: user, roles: roles, start: nil, end: end)
                            }
                            names.append(await scene.ask(request, "project-\(number % 100)").result.name)
                        }
                        return names
                    }
                }
                var names: [String] = []
                for await part in group { names += part }
                return names
            }
        }
        #expect(names.count == 10_000)
        #expect(Set(names) == ["done", "remembered"])
        var perProject: [String: Int] = [:]
        for call in scene.service.calls { perProject[call.project, default: 0] += 1 }
        #expect(perProject.values.max() ?? 0 <= (alone ? 12 : 3))
        #expect((0..<100).allSatisfy { scene.service.bindings("project-\($0)").isEmpty })
    }

    @Test func `no more projects are remembered than there is room for`() throws {
        var memory = FadingMemory<Int>(capacity: 3)
        let projects = try (0..<5).map { try #require(ProjectID("project-\($0)")) }
        for (number, project) in projects.enumerated() {
            memory.note(number, of: project, until: .seconds(10 + number), at: .zero)
        }
        #expect(memory.count == 3)
        #expect(projects.map { memory.value(of: $0, at: .zero) } == [nil, nil, 2, 3, 4])
        #expect(memory.value(of: projects[2], at: .seconds(12)) == nil)
        memory.note(9, of: projects[3], until: .seconds(20), at: .seconds(12))
        #expect(memory.value(of: projects[3], at: .seconds(12)) == 9)
        #expect(memory.value(of: projects[4], at: .seconds(12)) == 4)
    }
}
