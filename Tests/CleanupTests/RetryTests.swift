import Cleanup
import GoogleCloud
import IAMPolicy
import TestSupport
import Testing
import Timestamps

/// What is tried again after which answer, and when.
@Suite struct RetryTests {
    static let passing: [PolicyService.Fault] = [
        .status(409, code: "ABORTED"), .status(412, code: "FAILED_PRECONDITION"), .status(400, code: "ABORTED"),
        .status(500, code: "INTERNAL"), .status(502), .status(503, code: "UNAVAILABLE"), .status(504),
        .status(408), .refused, .reset(applied: false), .reset(applied: true), .hang(applied: false), .cut, .notJSON,
        .hang(applied: true), .status(429, code: "RESOURCE_EXHAUSTED"), .status(302),
        .status(403, code: "PERMISSION_DENIED", reason: "RATE_LIMIT_EXCEEDED"),
    ]

    @Test(arguments: passing.indices)
    func `a read that fails for the moment is tried again`(_ index: Int) throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFaults([1: Self.passing[index]])
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        #expect(scene.service.methods == [.read, .read, .write])
    }

    @Test func `a policy without a date is not worked on`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFaults([1: .noDate])
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        #expect(scene.service.methods == [.read, .read, .write])
    }

    @Test(arguments: passing.indices)
    func `a write that fails for the moment is never repeated without a read`(_ index: Int) throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFaults([2: Self.passing[index]])
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        #expect(scene.service.history.filter(\.isService).count == 1)
        #expect(scene.log.all.flatMap(\.removed).count == 1)
        switch Self.passing[index] {
        // It was applied: the read says so.
        case .reset(applied: true), .hang(applied: true), .cut, .notJSON:
            #expect(scene.service.methods == [.read, .write, .read])
            #expect(scene.log.all.map(\.etagAfter) == [nil])
        default:
            #expect(scene.service.methods == [.read, .write, .read, .write])
            #expect(scene.log.all.allSatisfy { $0.etagAfter != nil })
        }
    }

    @Test func `a lost reply is not lost to the log, and other callers share what it did`() throws {
        let scene = Scene()
        scene.fill(users: 0..<2, endedSecondsAgo: 120)
        scene.service.setFaults([2: .reset(applied: true)])
        let results = try scene.time.run {
            await Scene.together(2) { user in
                if user == 1 { try? await scene.time.sleep(.milliseconds(150)) }
                return await scene.ask(user, endedSecondsAgo: 120)
            }
        }
        #expect(results.map(\.result.name) == ["done", "done"])
        #expect(scene.service.methods == [.read, .write, .read])
        #expect(scene.log.all.map(\.causes) == [["message-0"]])
        #expect(scene.log.all.map(\.removed.count) == [2])
    }

    @Test func `a read from before a late approval does not prove that its removal was applied`() throws {
        let scene = Scene()
        // User 1 has no notice here: approved long after its end, and written just now.
        scene.fill(users: 0..<2, endedSecondsAgo: 7200)
        scene.service.setFault { call in
            if call.number == 3 { scene.service.edit(Scene.project) { $0 = [] } }
            return call.number == 2 ? .reset(applied: false) : nil
        }
        _ = try scene.time.run { await scene.ask(endedSecondsAgo: 7200) }
        #expect(scene.log.all.isEmpty)
    }

    @Test func `a write of unknown outcome that was overtaken is not reported`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault { call in
            if call.number == 3 { scene.service.edit(Scene.project) { $0.append(Scene.foreign(1)) } }
            return call.number == 2 ? .hang(applied: false) : nil
        }
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        #expect(scene.log.all.map { $0.etagAfter != nil } == [true])
        #expect(scene.service.bindings(Scene.project) == [Scene.foreign(1)])
    }

    @Test func `conflicts are waited out longer and longer, with jitter`() throws {
        for random in [0.0, 0.5, 0.999] {
            let scene = Scene(random: { random })
            scene.fill()
            scene.service.setFault { $0.method == .write && $0.number <= 10 ? .status(409, code: "ABORTED") : nil }
            let answer = try scene.time.run { await scene.ask() }
            #expect(answer.result.removed.count == 1)
            let reads = scene.service.calls.filter { $0.method == .read }.map(\.uptime)
            let pauses = zip(reads, reads.dropFirst()).map { $1 - $0 - .milliseconds(300) }
            let steps = [200, 400, 800, 1600, 3200].map { Duration.milliseconds($0) * (0.5 + random / 2) }
            #expect(pauses == steps)
        }
    }

    @Test func `an endless storm of conflicts ends with the caller's time`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFault { $0.method == .write ? .status(409, code: "ABORTED") : nil }
        let start = scene.time.uptime
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.name == "out-of-time")
        #expect(answer.at - start <= .seconds(50))
        #expect(scene.service.calls.count < 40)
    }

    @Test func `Retry-After is waited for where there is time`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFaults([1: .status(429, headers: [("retry-after", "7")])])
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        let calls = scene.service.calls
        #expect(calls[1].uptime - calls[0].uptime >= .seconds(7))
    }

    @Test func `Retry-After beyond the caller's time is passed on, and nobody calls before`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.setFaults([1: .status(429, headers: [("retry-after", "100")])])
        let start = scene.time.uptime
        let first = try scene.time.run { await scene.ask() }
        guard case .needed(.failed(.rateLimited(retryAfterSeconds: 100, _))) = first.result else {
            Issue.record("not rate-limited: \(first.result)")
            return
        }
        #expect(first.at - start < .seconds(1))
        let early = try scene.time.run {
            try await scene.time.sleep(.seconds(30))
            return await scene.ask()
        }
        guard case .needed(.failed(.rateLimited(retryAfterSeconds: 70?, _))) = early.result else {
            Issue.record("not rate-limited: \(early.result)")
            return
        }
        #expect(scene.service.calls.count == 1)
        let late = try scene.time.run {
            try await scene.time.sleep(.seconds(30))
            return await scene.ask()
        }
        #expect(late.result.removed.count == 1)
        #expect(scene.service.calls[1].uptime - scene.service.calls[0].uptime >= .seconds(100))
    }

    @Test func `a stale access token is replaced once`() throws {
        let scene = Scene()
        scene.fill()
        scene.service.refuseToken("Bearer token-1")
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.removed.count == 1)
        #expect(scene.service.methods == [.read, .read, .write])
    }

    @Test func `a fresh token that is refused too ends it`() throws {
        let scene = Scene()
        scene.fill()
        for number in 1...9 { scene.service.refuseToken("Bearer token-\(number)") }
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.name == "no-credentials")
        #expect(scene.service.methods == [.read, .read])
    }

    @Test func `a read that IAM refuses is not repeated`() throws {
        let scene = Scene()
        scene.service.setFaults([1: .status(400, code: "FAILED_PRECONDITION")])
        let answer = try scene.time.run { await scene.ask() }
        #expect(answer.result.name == "policy-refused")
        #expect(scene.service.calls.count == 1)
    }
}
