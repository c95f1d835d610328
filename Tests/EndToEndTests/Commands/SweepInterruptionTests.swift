import LocalCloud
import LosslessJSON
import Subprocess
import TestSupport
import Testing
import Timestamps

@Suite("A sweep that is interrupted", .timeLimit(.minutes(2)))
struct SweepInterruptionTests {
    private static let projects = ["a-project", "b-project", "c-project"]

    @Test(arguments: [Signal.interrupt, .terminate])
    func `ends the write that is in flight, and begins no other project`(signal: Signal) async throws {
        try await onCommandStage { stage async throws in
            let (writes, onWrite) = AsyncStream.makeStream(of: Void.self)
            let (permits, onPermit) = AsyncStream.makeStream(of: Void.self)
            stage.cloud.resourceManager.setBeforeWrite { _ in
                onWrite.yield()
                for await _ in permits { return }
            }
            let (result, before) = try await sweep(
                stage,
                signal,
                when: { for await _ in writes { return } },
                then: { _ in onPermit.yield() }
            )
            #expect(result.code == 1)
            let projects = try result.json()["projects"]?.elements ?? []
            #expect(projects.map { $0["state"]?.string } == ["swept", "not-begun", "not-begun"])
            #expect(try result.json()["interrupted"]?.boolean == true)
            #expect(Self.projects.map(stage.bindingCount) == [0, 1, 1])
            #expect(Self.projects.dropFirst().map { stage.cloud.resourceManager.etag($0) } == Array(before.dropFirst()))
            #expect(stage.cloud.requests.count(.getIamPolicy) == 1)
        }
    }

    @Test func `a second signal ends it at once, and the policy is the old one`() async throws {
        try await onCommandStage { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .setIamPolicy, .always)
            let start = TimeSource.system.uptime()
            let (result, before) = try await sweep(
                stage,
                .interrupt,
                when: { try await untilStruck(stage) },
                then: { send in try send(.interrupt) }
            )
            // Without the second signal it would have waited for eight seconds more, or for the call's own limit.
            #expect(TimeSource.system.uptime() - start < .seconds(60))
            #expect(result.code == 1)
            let projects = try result.json()["projects"]?.elements ?? []
            #expect(projects.map { $0["reason"]?.string } == ["interrupted", nil, nil])
            #expect(Self.projects.map { stage.cloud.resourceManager.etag($0) } == before)
        }
    }

    @Test func `what was interrupted is done by the next run`() async throws {
        try await onCommandStage { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .setIamPolicy, .next(1))
            let (result, _) = try await sweep(
                stage,
                .terminate,
                when: { try await untilStruck(stage) },
                then: { send in try send(.terminate) }
            )
            #expect(result.code == 1)
            let again = try await stage.run(["sweep", "--project"] + Self.projects)
            #expect(again.code == 0)
            #expect(Self.projects.map(stage.bindingCount) == [0, 0, 0])
        }
    }

    private func untilStruck(_ stage: CommandStage) async throws {
        try await waitUntil { stage.cloud.faults.struck(.setIamPolicy) > 0 }
    }

    /// Sweeps three projects one after the other, and sends a signal.
    ///
    /// - Parameters:
    ///   - stage: Where the projects are.
    ///   - signal: What is sent.
    ///   - isReady: Returns when it is to be sent.
    ///   - goOn: Done once the program has said that it was interrupted; may send more.
    /// - Returns: How it ended, and the etags from before.
    /// - Throws: What the closures throw, or why the program did not run.
    private func sweep(
        _ stage: CommandStage,
        _ signal: Signal,
        when isReady: @Sendable () async throws -> Void,
        then goOn: @Sendable (_ send: (Signal) throws -> Void) async throws -> Void
    ) async throws -> (CommandResult, etags: [String?]) {
        for project in Self.projects { try stage.make(project, [activation()]) }
        let before = Self.projects.map { stage.cloud.resourceManager.etag($0) }
        let result = try await run(
            .path(CommandStage.program),
            arguments: Arguments(["sweep", "--parallel", "1", "--output", "json", "--project"] + Self.projects),
            environment: stage.environment(),
            input: .none,
            output: .sequence,
            error: .sequence
        ) { execution in
            var errors = execution.standardError.strings().makeAsyncIterator()
            try await isReady()
            try execution.send(signal: signal)
            while let line = try await errors.next(), !line.contains("Interrupted") {}
            try await goOn { try execution.send(signal: $0) }
            var output = ""
            for try await line in execution.standardOutput.strings() { output += line }
            var rest = ""
            while let line = try await errors.next() { rest += line }
            return (output, rest)
        }
        let (output, errors) = result.closureResult
        let code = CommandStage.code(result.terminationStatus)
        return (CommandResult(code: code, output: output, errors: errors), before)
    }
}
