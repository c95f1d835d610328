import HTTPTransport
import LosslessJSON
import Testing

@testable import PushEndpoint

@Suite("The log in a flood of refused tokens", .timeLimit(.minutes(1)))
struct FloodTests {
    @Test func `has ten lines for each reason and the number of all others`() async throws {
        let log = LogLines()
        let each = 100
        try await onStage(log: log) { stage async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for authorization in ["Bearer x", "Bearer ..", "Basic eDp5"] {
                    group.addTask {
                        for _ in 0..<each {
                            let answer = try await stage.post([], headers: [("Authorization", authorization)])
                            #expect(answer.status == 401)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(log.lines(of: "push.refused").count == 3 * LogRateLimiter.linesPerWindow)
            // A push that is not refused is logged as always.
            #expect(try await stage.push(data: "{}").status == 204)
            #expect(log.lines(of: "message.ignored").count == 1)
        }
        let counts = log.lines(of: "log.suppressed")
        #expect(
            Set(counts.compactMap { $0["reason"]?.string }) == ["segment-count", "segment-empty", "scheme-not-bearer"]
        )
        let suppressed = counts.compactMap { $0["suppressed"]?.integer }.reduce(0, +)
        #expect(log.lines(of: "push.refused").count + Int(suppressed) == 3 * each)
    }
}
