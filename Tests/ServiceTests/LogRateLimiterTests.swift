import Logging
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import PushEndpoint
@testable import Service

@Suite("Lines that strangers can bring about", .timeLimit(.minutes(1)))
struct LogRateLimiterTests {
    private let clock = ManualTime(sleep: .waits)
    private let lines = Record<[UInt8]>()
    private let limiter: LogRateLimiter

    init() {
        limiter = LogRateLimiter(logger: LogFormat.json.logger(level: .info, output: lines.add), time: clock.source)
    }

    /// Event, reason, and how many lines were suppressed.
    private var counts: [String] {
        lines.all.compactMap { try? json($0).root }.map {
            "\($0["suppressed_event"]?.string ?? "") \($0["reason"]?.string ?? "") \($0["suppressed"]?.integer ?? 0)"
        }
    }

    /// How many of so many lines are written.
    private func admitted(_ number: Int, _ event: String = "push.refused", reason: String) -> Int {
        (0..<number).count(where: { _ in limiter.admits(.warning, event, reason: reason) })
    }

    @Test func `ten of a kind are written in a minute, whatever else is`() {
        #expect(admitted(10, reason: "a") == 10)
        #expect(admitted(5, reason: "a") == 0)
        #expect(admitted(12, reason: "b") == 10)
        #expect(admitted(12, "push.overloaded", reason: "a") == 10)
        #expect(counts.isEmpty)
    }

    @Test func `the first line of the next minute tells of the one before, if the timer is late`() {
        #expect(admitted(13, reason: "a") == 10)
        clock.advance(LogRateLimiter.window - .seconds(1))
        #expect(admitted(1, reason: "a") == 0)
        clock.advance(.seconds(1))
        #expect(admitted(11, reason: "a") == 10)
        #expect(counts == ["push.refused a 4"])
    }

    @Test func `a minute in which all was written has no count`() {
        #expect(admitted(10, reason: "a") == 10)
        clock.advance(LogRateLimiter.window)
        #expect(admitted(1, reason: "a") == 1)
        #expect(counts.isEmpty)
    }

    @Test func `the count comes at the end of the minute by itself, with the level of its lines`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await limiter.run() }
            #expect(admitted(12, reason: "a") == 10)
            try await waitUntil { !clock.sleeps.isEmpty }
            #expect(counts.isEmpty)
            clock.advance(LogRateLimiter.window)
            try await waitUntil { !counts.isEmpty }
            #expect(counts == ["push.refused a 2"])
            #expect(try lines.all.map { try json($0).root["severity"]?.string } == ["WARNING"])
            // The next minute is a new one, and its count is not lost at the end either.
            #expect(admitted(13, reason: "a") == 10)
            group.cancelAll()
        }
        #expect(counts == ["push.refused a 2", "push.refused a 3"])
    }

    @Test func `no count is lost however many threads write`() async {
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { admitted(500, reason: "a") } }
            let written = await group.reduce(0, +)
            #expect(written == 10)
        }
        clock.advance(LogRateLimiter.window)
        #expect(admitted(1, reason: "a") == 1)
        #expect(counts == ["push.refused a 3990"])
    }
}
