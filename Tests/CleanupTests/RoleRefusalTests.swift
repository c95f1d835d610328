import Cleanup
import ExpiryNotices
import GoogleCloud
import TestSupport
import Testing
import Timestamps

@testable import Cleanup

/// Roles that the account may not change: Google refuses the whole write and does not say why.
@Suite struct RoleRefusalTests {
    /// A project with an expired binding of each role, of which IAM refuses to change some.
    private func scene(
        _ count: Int,
        refused: Set<Int>,
        _ status: Int = 403,
        rules: CleanupRules = CleanupRules()
    ) -> Scene {
        let scene = Scene(rules: rules)
        scene.service.edit(Scene.project) { bindings in
            bindings += (0..<count).map {
                Scene.binding($0, end: scene.begin.adding(seconds: -3600), role: Self.role($0))
            }
        }
        scene.service.setRefusal(status: status) { write in
            let gone = Set(write.before).subtracting(write.after)
            return gone.contains { binding in refused.contains { binding.contains("\"\(Self.role($0))\"") } }
                ? "The caller does not have permission" : nil
        }
        return scene
    }

    /// Of one length, so that none contains another.
    private static func role(_ number: Int) -> String { "roles/role\(1000 + number)" }

    private func ask(_ scene: Scene, _ number: Int) async -> CleanupOutcome {
        await scene.ask(scene.notice(number, role: Self.role(number))).result
    }

    @Test func `a 403 that names the permission to set policies concerns the whole project`() throws {
        let scene = scene(4, refused: [])
        scene.service.setFault { call in
            call.method == .write
                ? .denied(permission: "resourcemanager.projects.setIamPolicy") : nil
        }
        let result = try scene.time.run { await ask(scene, 0) }
        #expect(result.name == "permission-denied")
        #expect(scene.service.methods == [.read, .write])
    }

    @Test(arguments: [403, 400])
    func `what is allowed goes, and only the refused role's notice fails`(_ status: Int) throws {
        let scene = scene(3, refused: [1], status)
        let results = try scene.time.run { await Scene.together(3) { await ask(scene, $0) } }
        let refusal = status == 403 ? "permission-denied" : "policy-refused"
        #expect(results.map(\.name) == ["done", refusal, "done"])
        #expect(scene.service.bindings(Scene.project).count == 1)
        guard case .needed(.failed(let failure)) = results[1] else { return }
        #expect(failure.detail.hasPrefix("\(Self.role(1)): "))
    }

    @Test(arguments: [1, 2, 3, 4, 5, 8, 13, 16, 31, 64])
    func `one refused role among n costs at most twice the logarithm in further writes`(_ count: Int) throws {
        for refused in [0, count / 2, count - 1] {
            let scene = scene(count, refused: [refused])
            _ = try scene.time.run { await ask(scene, 0) }
            #expect(scene.service.bindings(Scene.project).count == 1)
            var steps = 0
            while 1 << steps < count { steps += 1 }
            #expect(scene.service.methods.filter { $0 == .write }.count <= 1 + 2 * steps, "\(refused) of \(count)")
        }
    }

    @Test func `a notice that does not name all its roles fails with any refusal`() throws {
        let scene = scene(3, refused: [1])
        var notice = scene.notice(0, role: Self.role(0))
        notice.hasAllGrants = false
        let result = try scene.time.run { [notice] in await scene.ask(notice).result }
        #expect(result.name == "permission-denied")
    }

    @Test func `the refused role is remembered for a minute, never the project`() throws {
        let scene = scene(3, refused: [1])
        _ = try scene.time.run { await ask(scene, 1) }
        let calls = scene.service.calls.count
        let again = try scene.time.run { await Scene.together(2) { await ask(scene, $0 + 1) } }
        #expect(again.map(\.name) == ["permission-denied", "remembered"])
        #expect(scene.service.calls.count == calls)
        scene.service.edit(Scene.project) {
            $0.append(Scene.binding(7, end: scene.begin.adding(seconds: -100), role: Self.role(7)))
        }
        // Published a moment ago, so what is remembered does not count.
        let other = scene.notice(7, endedSecondsAgo: 100, publishedSecondsAgo: 5, role: Self.role(7))
        let third = try scene.time.run { await scene.ask(other).result }
        #expect(third.name == "done")
        #expect(scene.service.methods.suffix(2) == [.read, .write])
        let fresh = try scene.time.run {
            try await scene.time.sleep(.seconds(61))
            return await ask(scene, 1)
        }
        #expect(fresh.name == "permission-denied")
        #expect(scene.service.methods.suffix(2) == [.read, .write])
    }

    @Test func `a round makes sixteen further writes, and what was not tried comes first next time`() throws {
        let scene = scene(40, refused: Set(0..<30))
        let first = try scene.time.run { await ask(scene, 39) }
        #expect(first.name == "out-of-time")
        #expect(scene.service.methods.filter { $0 == .write }.count == 17)
        var rounds = 1
        while scene.service.bindings(Scene.project).count > 30, rounds < 20 {
            rounds += 1
            let before = scene.service.methods.filter { $0 == .write }.count
            _ = try scene.time.run {
                // Longer than a refusal is remembered.
                try await scene.time.sleep(.seconds(61))
                return await ask(scene, 39)
            }
            #expect(scene.service.methods.filter { $0 == .write }.count - before <= 17)
        }
        #expect(scene.service.bindings(Scene.project).count == 30)
        #expect(rounds <= 6)
    }

    @Test func `rounds that run out of time go on where the last one was, and refuse nobody for good meanwhile`() throws
    {
        let scene = scene(16, refused: [0])
        var names: [String] = []
        while scene.service.bindings(Scene.project).count > 1, names.count < 20 {
            names.append(
                try scene.time.run {
                    await scene.ask(scene.notice(5, role: Self.role(5)), timeout: .seconds(1)).result.name
                }
            )
        }
        #expect(scene.service.bindings(Scene.project).count == 1)
        #expect(names.count > 1)
        #expect(names.allSatisfy { ["out-of-time", "done", "remembered"].contains($0) }, "\(names)")
    }

    @Test func `a permission that was granted meanwhile is not forgotten again`() throws {
        let scene = scene(2, refused: [1])
        #expect(try scene.time.run { await ask(scene, 1) }.name == "permission-denied")
        scene.service.setRefusal { _ in nil }
        let old = scene.notice(1, endedSecondsAgo: 200_000, role: Self.role(1))
        #expect(try scene.time.run { await scene.ask(old).result }.name == "done")
        #expect(scene.service.bindings(Scene.project).isEmpty)
        scene.service.edit(Scene.project) {
            $0.append(Scene.binding(1, end: scene.begin.adding(seconds: -100), role: Self.role(1)))
        }
        let young = scene.notice(1, endedSecondsAgo: 100, publishedSecondsAgo: 5, role: Self.role(1))
        #expect(try scene.time.run { await scene.ask(young).result }.name == "done")
    }

    @Test func `young notices are done by a split round only if one of its writes saw everything`() throws {
        let scene = scene(2, refused: [1])
        let young = scene.notice(0, publishedSecondsAgo: 10, role: Self.role(0))
        let result = try scene.time.run { await scene.ask(young).result }
        #expect(result.name == "done")
        #expect(scene.service.bindings(Scene.project).count == 1)
    }
}
