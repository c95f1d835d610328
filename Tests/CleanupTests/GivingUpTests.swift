import Cleanup
import ExpiryNotices
import TestSupport
import Testing
import Timestamps

@testable import Cleanup

/// When a notice that is refused for good is given up.
@Suite struct GivingUpTests {
    private static let old: Int64 = 200_000

    private func denied() -> Scene {
        let scene = Scene()
        scene.fill(endedSecondsAgo: Self.old)
        scene.service.setFault { _ in .status(403, code: "PERMISSION_DENIED") }
        return scene
    }

    private func ask(_ scene: Scene, _ user: Int = 0, after seconds: Int64 = 0) throws -> String {
        try scene.time.run {
            try await scene.time.sleep(.seconds(seconds))
            return await scene.ask(user, endedSecondsAgo: Self.old).result.name
        }
    }

    @Test func `a first refusal is not enough, nor one within ten minutes`() throws {
        let scene = denied()
        #expect(try ask(scene) == "permission-denied")
        #expect(try ask(scene, after: 599) == "permission-denied")
        #expect(try ask(scene, after: 2) == "given up: permission-denied")
    }

    @Test func `another reason begins anew`() throws {
        let scene = denied()
        #expect(try ask(scene) == "permission-denied")
        scene.service.setFault { _ in .status(404, code: "NOT_FOUND") }
        #expect(try ask(scene, after: 601) == "project-not-found")
        #expect(try ask(scene, after: 601) == "given up: project-not-found")
    }

    @Test func `another notice's refusals do not count`() throws {
        let scene = denied()
        #expect(try ask(scene) == "permission-denied")
        #expect(try ask(scene, 1, after: 601) == "permission-denied")
    }

    @Test func `a notice without an ID is never given up`() throws {
        let scene = denied()
        var notice = scene.notice(0, endedSecondsAgo: Self.old)
        notice.messageID = ""
        for _ in 0..<3 {
            let result = try scene.time.run { [notice] in
                try await scene.time.sleep(.seconds(601))
                return await scene.ask(notice).result
            }
            #expect(result.name == "permission-denied")
        }
    }

    @Test func `one that ended lately is refused however often`() throws {
        let scene = Scene()
        scene.service.setFault { _ in .status(403, code: "PERMISSION_DENIED") }
        for _ in 0..<5 {
            let name = try scene.time.run {
                try await scene.time.sleep(.seconds(601))
                return await scene.ask().result.name
            }
            #expect(name == "permission-denied")
        }
    }

    @Test func `old messages that are replayed within the minute after the permission was granted are cleaned`() throws
    {
        let scene = denied()
        #expect(try ask(scene) == "permission-denied")
        scene.service.setFault { _ in nil }
        let names = try scene.time.run {
            await Scene.together(5) { await scene.ask($0, endedSecondsAgo: Self.old).result.name }
        }
        #expect(names == ["done", "done", "done", "done", "done"])
        #expect(scene.service.bindings(Scene.project).isEmpty)
    }

    @Test func `what ended a notice ends its count`() throws {
        let scene = denied()
        #expect(try ask(scene) == "permission-denied")
        scene.service.setFault { _ in nil }
        #expect(try ask(scene, after: 700) == "done")
        scene.service.setFault { _ in .status(403, code: "PERMISSION_DENIED") }
        #expect(try ask(scene, after: 700) == "permission-denied")
    }
}
