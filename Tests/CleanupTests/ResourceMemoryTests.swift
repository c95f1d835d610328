import Cleanup
import GoogleCloud
import IAMPolicy
import TestSupport
import Testing
import Timestamps

@testable import Cleanup

/// What is known without a call, and what is not.
@Suite struct ResourceMemoryTests {
    /// What a second caller is told after a first one, some time later.
    private func second(
        _ scene: Scene,
        after seconds: Int64 = 1,
        first: @Sendable @escaping () async -> Void,
        _ ask: @Sendable @escaping () async -> (result: CleanupOutcome, at: Duration)
    ) throws -> (name: String, calls: Int) {
        try scene.time.run {
            await first()
            let calls = scene.service.calls.count
            try await scene.time.sleep(.seconds(seconds))
            let answer = await ask()
            return (answer.result.name, scene.service.calls.count - calls)
        }
    }

    @Test(arguments: [-30, 0, 569, 570, 599] as [Int64])
    func `a notice that was young for a read is not answered from it, whenever it comes`(_ age: Int64) throws {
        let scene = Scene()
        scene.fill()
        // An approval that came late: its activation had ended long before the message was published.
        let late = scene.notice(1, publishedSecondsAgo: age)
        // The first read takes 100 ms, so a notice of 599 s is young for it, and is not when it is asked about.
        let answer = try second(scene, after: 50, first: { _ = await scene.ask() }) { await scene.ask(late) }
        #expect(answer.calls == 1)
        #expect(answer.name == (age + 50 < 600 ? "young" : "done"))
    }

    @Test func `a notice that was not young for a read needs no call`() throws {
        let scene = Scene()
        scene.fill()
        let old = scene.notice(1, publishedSecondsAgo: 601)
        let answer = try second(scene, first: { _ = await scene.ask() }) { await scene.ask(old) }
        #expect(answer == ("remembered", 0))
    }

    @Test func `a read before an end does not answer for it`() throws {
        let scene = Scene()
        scene.service.edit(Scene.project) { $0.append(Scene.binding(1, end: scene.begin.adding(seconds: -50))) }
        let answer = try second(scene, after: 20, first: { _ = await scene.ask() }) {
            await scene.ask(1, endedSecondsAgo: 50)
        }
        #expect(answer == ("done", 2))
        #expect(scene.service.bindings(Scene.project).isEmpty)
    }

    @Test func `after a minute a look is taken again`() throws {
        let scene = Scene()
        scene.fill()
        let early = try second(scene, after: 59, first: { _ = await scene.ask() }) { await scene.ask(1) }
        #expect(early == ("remembered", 0))
        let late = try second(scene, after: 2, first: {}) { await scene.ask(1) }
        #expect(late == ("done", 1))
    }

    @Test func `a long grace counts as well`() throws {
        let scene = Scene(rules: CleanupRules(graceSeconds: 3000))
        // Within the grace at the first read, so not expired then, and there still.
        scene.fill(users: 0..<1, endedSecondsAgo: 2990)
        scene.fill(users: 1..<2, endedSecondsAgo: 7200)
        let answer = try second(scene, after: 20, first: { _ = await scene.ask(1, endedSecondsAgo: 7200) }) {
            await scene.ask(0, endedSecondsAgo: 2990)
        }
        #expect(answer == ("done", 2))
        #expect(scene.service.bindings(Scene.project).isEmpty)
    }

    @Test func `a dry run answers like any other`() throws {
        let scene = Scene(rules: CleanupRules(isDryRun: true))
        scene.fill()
        let answer = try second(scene, first: { _ = await scene.ask() }) { await scene.ask() }
        #expect(answer == ("remembered", 0))
        #expect(scene.service.bindings(Scene.project).count == 1)
        #expect(scene.log.all.map(\.isDryRun) == [true])
    }

    @Test func `a write that did not stand is not remembered`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault { $0.method == .write ? .status(503) : nil }
        let answer = try second(scene, first: { _ = await scene.ask(timeout: .seconds(3)) }) {
            await scene.ask(timeout: .seconds(3))
        }
        #expect(answer.name == "unavailable")
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

    @Test func `a replay of ten thousand messages over a hundred projects costs three calls a project`() throws {
        let scene = Scene()
        for project in 0..<100 { scene.fill("project-\(project)", users: 0..<5, endedSecondsAgo: 40_000) }
        let names = try scene.time.run {
            // As many at a time as Cloud Run lets one instance have.
            await Scene.together(80) { worker in
                var names: [String] = []
                for number in stride(from: worker, to: 10_000, by: 80) {
                    let notice = scene.notice(number / 100 % 5, endedSecondsAgo: 40_000)
                    names.append(await scene.ask(notice, "project-\(number % 100)").result.name)
                }
                return names
            }
        }.flatMap(\.self)
        #expect(names.count == 10_000)
        #expect(Set(names) == ["done", "remembered"])
        var perProject: [String: Int] = [:]
        for call in scene.service.calls { perProject[call.project, default: 0] += 1 }
        #expect(perProject.values.max() ?? 0 <= 3)
        #expect((0..<100).allSatisfy { scene.service.bindings("project-\($0)").isEmpty })
    }

    @Test func `a refusal is not forgotten for projects without one`() throws {
        var memory = ResourceMemory(capacity: 2)
        let projects = try ["a-project", "b-project", "c-project", "d-project"].map {
            PolicyResource.project(try #require(ProjectID($0)))
        }
        for (number, project) in projects.enumerated() {
            var parts = RoleParts()
            if number == 0 {
                _ = parts.next(of: ["roles/a"])
                parts.refuse(.permissionDenied(detail: "no", isWhole: false))
            }
            var outcome = PolicyRound.Outcome(
                [],
                unconfirmed: nil,
                parts: parts,
                resource: project,
                rules: CleanupRules()
            )
            // The first would be the first to go.
            outcome.readAt = .seconds(number)
            memory.note(outcome, of: project, at: .seconds(5))
        }
        #expect(memory.takeKnown(of: projects[0], at: .seconds(5)).refusals.keys.sorted() == ["roles/a"])
    }

    @Test func `no more projects are remembered than there is room for`() throws {
        var memory = ExpiringCache<PolicyResource, Int>(capacity: 3)
        let projects = try (0..<5).map { try #require(PolicyResource("projects/project-\($0)")) }
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

    @Test func `a full memory forgets an eighth at a time, what ends first`() throws {
        var memory = ExpiringCache<Int, Int>(capacity: 16)
        for number in 0...16 { memory.note(number, of: number, until: .seconds(100 - number), at: .zero) }
        #expect(memory.count == 15)
        #expect((0...16).filter { memory.value(of: $0, at: .zero) == nil } == [14, 15])
    }
}
