import Logging
import LosslessJSON
import Synchronization
import Testing
import Timestamps

@testable import PushEndpoint
@testable import Service

/// A clock that stands still until a test moves it; whoever sleeps is woken by that, or by cancellation.
private final class LimiterClock: Sendable {
    private let state = Mutex(Duration.zero)
    private let moves = Mutex<[AsyncStream<Void>.Continuation]>([])

    func advance(_ duration: Duration) {
        state.withLock { $0 += duration }
        for move in moves.withLock({ $0 }) { move.yield() }
    }

    /// How often somebody went to sleep.
    var sleepers: Int { moves.withLock { $0.count } }

    var source: TimeSource {
        TimeSource(
            now: { Instant(seconds: 1_700_000_000) },
            uptime: { self.state.withLock { $0 } },
            sleep: { _ in
                let (stream, move) = AsyncStream.makeStream(of: Void.self)
                self.moves.withLock { $0.append(move) }
                for await _ in stream { return }
                throw CancellationError()
            }
        )
    }
}

/// What the limiter writes.
private final class Counts: Sendable {
    private let lines = Mutex<[JSONValue]>([])

    func add(_ line: [UInt8]) {
        let root = try? JSONDocument(line, rules: JSONRules(maximumDepth: 4, maximumBytes: 4096)).root
        if let root { lines.withLock { $0.append(root) } }
    }

    /// Event, reason, and how many were suppressed.
    var all: [String] {
        lines.withLock { $0 }.map {
            "\($0["suppressed_event"]?.string ?? "") \($0["reason"]?.string ?? "") \($0["suppressed"]?.integer ?? 0)"
        }
    }

    var severities: [String] { lines.withLock { $0 }.compactMap { $0["severity"]?.string } }
}

@Suite("Lines that strangers can bring about", .timeLimit(.minutes(1)))
struct LogRateLimiterTests {
    private let clock = LimiterClock()
    private let counts = Counts()
    private let limiter: LogRateLimiter

    init() {
        limiter = LogRateLimiter(logger: LogFormat.json.logger(level: .info, output: counts.add), time: clock.source)
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
        #expect(counts.all.isEmpty)
    }

    @Test func `the first line of the next minute tells of the one before, if the timer is late`() {
        #expect(admitted(13, reason: "a") == 10)
        clock.advance(LogRateLimiter.window - .seconds(1))
        #expect(admitted(1, reason: "a") == 0)
        clock.advance(.seconds(1))
        #expect(admitted(11, reason: "a") == 10)
        #expect(counts.all == ["push.refused a 4"])
    }

    @Test func `a minute in which all was written has no count`() {
        #expect(admitted(10, reason: "a") == 10)
        clock.advance(LogRateLimiter.window)
        #expect(admitted(1, reason: "a") == 1)
        #expect(counts.all.isEmpty)
    }

    @Test func `the count comes at the end of the minute by itself, with the level of its lines`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await limiter.run() }
            #expect(admitted(12, reason: "a") == 10)
            while clock.sleepers == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(counts.all.isEmpty)
            clock.advance(LogRateLimiter.window)
            while counts.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(counts.all == ["push.refused a 2"])
            #expect(counts.severities == ["WARNING"])
            // The next minute is a new one, and its count is not lost at the end either.
            #expect(admitted(13, reason: "a") == 10)
            group.cancelAll()
        }
        #expect(counts.all == ["push.refused a 2", "push.refused a 3"])
    }

    @Test func `no count is lost however many threads write`() async {
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { admitted(500, reason: "a") } }
            let written = await group.reduce(0, +)
            #expect(written == 10)
        }
        clock.advance(LogRateLimiter.window)
        #expect(admitted(1, reason: "a") == 1)
        #expect(counts.all == ["push.refused a 3990"])
    }
}
