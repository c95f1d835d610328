import Cleanup
import GoogleCloud
import IAMPolicy
import TestSupport
import Testing
import Timestamps

/// Who shares a read-modify-write with whom, and who waits for whom.
@Suite struct GroupCommitTests {
    @Test func `a burst shares its calls`() throws {
        let scene = Scene()
        scene.fill(users: 0..<500, endedSecondsAgo: 120)
        let results = try scene.time.run {
            await Scene.together(500) { await scene.ask($0, endedSecondsAgo: 120) }
        }
        #expect(results.allSatisfy { $0.result.name == "done" || $0.result.name == "remembered" })
        #expect(scene.service.bindings(Scene.project).isEmpty)
        #expect(scene.service.methods.count <= 4)
    }

    @Test func `a lone caller waits for nobody`() throws {
        let scene = Scene()
        scene.fill()
        let start = scene.time.uptime
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        #expect(answer.at - start == .milliseconds(300))
    }

    @Test func `those who come during a write, and are too young for its read, share the next one`() throws {
        let scene = Scene()
        scene.fill(users: 0..<3, endedSecondsAgo: 120)
        let results = try scene.time.run {
            await Scene.together(3) { user in
                // The first reads at once; the others come when it is writing.
                if user > 0 { try? await scene.time.sleep(.milliseconds(150)) }
                return await scene.ask(
                    scene.notice(user, endedSecondsAgo: 120, publishedSecondsAgo: user > 0 ? 10 : nil)
                )
            }
        }
        #expect(scene.service.methods == [.read, .write, .read])
        #expect(results.map(\.result.name) == ["done", "young", "young"])
        #expect(scene.log.all.map(\.causes) == [["message-0"]])
    }

    @Test func `a refused edit is tried again when the policy has changed`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setRefusal { write in
            write.after.contains(Scene.foreign(1)) ? "Service account does not exist." : nil
        }
        scene.service.edit(Scene.project) { $0.append(Scene.foreign(1)) }
        scene.service.setFault { call in
            if call.number == 3 { scene.service.edit(Scene.project) { $0.removeLast() } }
            return nil
        }
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        #expect(scene.service.methods == [.read, .write, .read, .write])
    }

    @Test func `projects do not wait for each other`() throws {
        let scene = Scene()
        scene.fill("project-a")
        scene.fill("project-b")
        scene.service.setFault { $0.project == "project-a" ? .hang(applied: false) : nil }
        let start = scene.time.uptime
        let results = try scene.time.run {
            await Scene.together(2) { await scene.ask(0, $0 == 0 ? "project-a" : "project-b") }
        }
        #expect(results[0].result.name == "out-of-time")
        #expect(results[1].result.name == "done")
        #expect(results[1].at - start == .milliseconds(300))
    }

    @Test(arguments: [1, 2, 3])
    func `no more projects are edited at a time than the cap says`(_ cap: Int) throws {
        let scene = Scene(concurrency: cap)
        for number in 0..<10 { scene.fill("project-\(number)") }
        let results = try scene.time.run { await Scene.together(10) { await scene.ask(0, "project-\($0)") } }
        #expect(results.allSatisfy { $0.result.name == "done" })
        #expect(scene.service.mostInFlight == cap)
    }

    @Test func `a project that waits for Google to recover keeps no other out`() throws {
        let scene = Scene(concurrency: 1)
        scene.fill("project-a")
        scene.fill("project-b")
        scene.service.setFault { call in
            call.number == 1 ? .status(429, headers: [("retry-after", "20")]) : nil
        }
        let start = scene.time.uptime
        let results = try scene.time.run {
            await Scene.together(2) { await scene.ask(0, $0 == 0 ? "project-a" : "project-b") }
        }
        #expect(results.map(\.result.name) == ["done", "done"])
        #expect(results[1].at - start < .seconds(1))
        #expect(results[0].at - start > .seconds(20))
    }
}
