import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing
import Timestamps

@Suite("Held pushes", .timeLimit(.minutes(1)))
struct HoldAnswerTests {
    private func statuses(_ stage: Stage, _ messages: [OutgoingMessage]) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for (index, message) in messages.enumerated() {
                group.addTask { try await stage.push(message, id: "\(index)").status }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted()
        }
    }

    @Test func `beyond HOLD_CAPACITY they are sent back`() async throws {
        try await onStage(["HOLD_SECONDS": "30", "HOLD_CAPACITY": "2"]) { stage async throws in
            let soon = activation(from: -60, until: 5)
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(soon.bindings))
            let messages = Array(repeating: soon.message(.selfApproved), count: 6)
            #expect(try await statuses(stage, messages) == [204, 204, 425, 425, 425, 425])
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `one that ends within a second is cleaned in the next, at the first look`() async throws {
        try await onStage(["HOLD_SECONDS": "30"]) { stage async throws in
            var soon = activation(from: -60, until: 2)
            soon.end = Instant(seconds: soon.end.seconds, nanoseconds: 123_000_000)
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(soon.bindings))
            #expect(try await stage.push(soon.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
            #expect(stage.calls == (1, 1))
        }
    }

    @Test func `one whose sender goes away ends at once and makes room for the next`() async throws {
        let later = activation(from: -60, until: 60)
        try await onStage(["HOLD_SECONDS": "100", "HOLD_CAPACITY": "1"]) { stage async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Cancelled below, which closes its connection; sent back as long as another one has the place.
                    while !Task.isCancelled { _ = try? await stage.push(later.message(.selfApproved)) }
                }
                // The place is taken once another one is sent back.
                while try await !isSentBack(later, stage) {}
                group.cancelAll()
            }
            let deadline = TimeSource.system.uptime() + .seconds(10)
            while stage.log.lines(of: "push.interrupted").count < 1, TimeSource.system.uptime() < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(stage.log.lines(of: "push.interrupted").count >= 1)
            #expect(stage.calls == (0, 0))
        }
    }

    /// Whether a push is sent back, rather than still being held after a short while.
    private func isSentBack(_ activation: LocalActivation, _ stage: Stage) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await stage.push(activation.message(.selfApproved)).status) == 425 }
            group.addTask {
                try await Task.sleep(for: .milliseconds(300))
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    @Test func `many that end together are gone within two seconds, with few writes`() async throws {
        try await onStage(["HOLD_SECONDS": "30", "CLEANUP_SCOPE": "activation"]) { stage async throws in
            let activations = (0..<50).map {
                activation("user\($0)@example.com", ["roles/r\($0)"], from: -60, until: 5)
            }
            let policy = LocalPolicy.policy(activations.flatMap(\.bindings))
            try stage.cloud.resourceManager.setPolicy(Stage.project, policy)
            let statuses = try await statuses(stage, activations.map { $0.message(.selfApproved) })
            #expect(statuses == Array(repeating: 204, count: 50))
            #expect(stage.bindings.isEmpty)
            let last = try #require(stage.cloud.resourceManager.history(Stage.project).last)
            let due = activations[0].end.adding(seconds: 1)
            #expect(last.time >= due)
            #expect(last.time <= due.adding(seconds: 2))
            #expect(stage.calls.writes < 15)
        }
    }

    @Test func `a connection goes on after its push was held`() async throws {
        try await onStage(["HOLD_SECONDS": "10"]) { stage async throws in
            let soon = activation(from: -60, until: 2)
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(soon.bindings))
            for _ in 0..<3 { #expect(try await stage.push(soon.message(.selfApproved)).status == 204) }
            #expect(stage.log.lines(of: "push.interrupted").isEmpty)
        }
    }
}
