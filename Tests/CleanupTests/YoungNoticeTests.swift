import Cleanup
import ExpiryNotices
import TestSupport
import Testing
import Timestamps

@testable import Cleanup

/// Notices that are so young that a read may not show their binding.
@Suite struct YoungNoticeTests {
    @Test func `a read that shows nothing is no proof for a young notice`() throws {
        let scene = Scene()
        scene.fill(users: 5..<5)
        let result = try scene.time.run { await scene.ask(scene.notice(0, publishedSecondsAgo: 599)).result }
        guard case .needed(.young(let seconds)) = result else {
            Issue.record("not young: \(result)")
            return
        }
        #expect(seconds == 1)
        let later = Scene()
        later.fill(users: 5..<5)
        let old = try later.time.run { await later.ask(later.notice(0, publishedSecondsAgo: 600)).result }
        #expect(old.name == "done")
    }

    @Test func `without a publish time the last end stands in for it`() throws {
        for (ago, name) in [(599, "young"), (601, "done")] as [(Int64, String)] {
            let scene = Scene()
            scene.fill(users: 5..<5)
            var notice = scene.notice(0, endedSecondsAgo: ago)
            notice.publishTime = nil
            let result = try scene.time.run { [notice] in await scene.ask(notice).result }
            #expect(result.name == name)
        }
    }

    @Test func `a write that IAM accepts proves the read current`() throws {
        let scene = Scene()
        scene.fill()
        let result = try scene.time.run { await scene.ask(scene.notice(0, publishedSecondsAgo: 1)).result }
        #expect(result.name == "done")
        #expect(scene.service.methods == [.read, .write])
    }

    @Test func `a lost reply is no accepted write for a young notice, and is confirmed once it is old`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFaults([2: .reset(applied: true)])
        let notice = scene.notice(0, publishedSecondsAgo: 1)
        let first = try scene.time.run { await scene.ask(notice).result }
        #expect(first.name == "young")
        #expect(scene.log.all.isEmpty)
        let second = try scene.time.run {
            try await scene.time.sleep(.seconds(600))
            return await scene.ask(notice).result
        }
        #expect(second.name == "done")
        #expect(scene.log.all.map(\.removed.count) == [1])
        #expect(scene.log.all.map(\.etagAfter) == [nil])
    }

    @Test func `on a dry run only age ends the doubt`() throws {
        for (ago, name) in [(1, "young"), (601, "done")] as [(Int64, String)] {
            let scene = Scene(rules: CleanupRules(isDryRun: true))
            scene.fill()
            let result = try scene.time.run { await scene.ask(scene.notice(0, publishedSecondsAgo: ago)).result }
            #expect(result.name == name)
            #expect(scene.service.methods == [.read])
        }
    }

    @Test func `an end to come is waited for, and one that has passed is looked at`() throws {
        let scene = Scene()
        scene.fill()
        var notice = scene.notice(0)
        notice.ends.append(scene.begin.adding(seconds: 300))
        let early = try scene.time.run { [notice] in await scene.ask(notice).result }
        guard case .needed(.waiting(let seconds, clockAheadSeconds: nil, _)) = early else {
            Issue.record("not waiting: \(early)")
            return
        }
        #expect((359...360).contains(seconds))
        #expect(scene.service.bindings(Scene.project).isEmpty)
        let late = try scene.time.run { [notice] in
            try await scene.time.sleep(.seconds(361))
            return await scene.ask(notice).result
        }
        #expect(late.name == "done")
    }

    @Test func `a notice of which nothing has passed costs no call`() throws {
        let scene = Scene()
        let result = try scene.time.run { await scene.ask(scene.notice(0, endedSecondsAgo: -100)).result }
        #expect(result.name == "waiting")
        #expect(scene.service.calls.isEmpty)
    }
}
