import HTTPTransport
import LocalCloud
import Subprocess
import Synchronization
import SystemPackage
import TestSupport
import Testing
import Timestamps

@testable import Service

/// The program beside the test runner: both are built into the same folder.
private let program: FilePath = {
    FilePath(CommandLine.arguments[0]).removingLastComponent().appending("jitcleanup")
}()

private func environment(_ variables: [String: String]) -> Environment {
    .custom(Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) }))
}

@Suite("The program as a process", .timeLimit(.minutes(1)))
struct ProcessTests {
    @Test func `without its settings it ends with 64 and names every one that is missing`() async throws {
        let result = try await run(
            .path(program),
            arguments: ["serve"],
            environment: environment([:]),
            output: .string(limit: 10_000),
            error: .string(limit: 10_000)
        )
        #expect(result.terminationStatus == .exited(64))
        #expect(result.standardError.contains("PUSH_AUDIENCE is required"))
        #expect(result.standardError.contains("PUSH_SERVICE_ACCOUNT is required"))
        #expect(result.standardOutput.isEmpty)
    }

    @Test func `an option that does not exist ends with 64`() async throws {
        let result = try await run(
            .path(program),
            arguments: ["serve", "--frobnicate"],
            environment: environment([:]),
            output: .string(limit: 10_000),
            error: .string(limit: 10_000)
        )
        #expect(result.terminationStatus == .exited(64))
    }

    @Test func `a port that is taken ends with 1 and a line that says so`() async throws {
        try await onStage { stage async throws in
            let port = try #require(stage.url.split(separator: ":").last)
            let variables = stage.cloud.environment.merging(["PORT": "\(port)", "LISTEN_ADDRESS": "127.0.0.1"]) { $1 }
            let result = try await run(
                .path(program),
                environment: environment(variables),
                output: .string(limit: 10_000),
                error: .string(limit: 10_000)
            )
            #expect(result.terminationStatus == .exited(1))
            #expect(result.standardOutput.contains("service.failed"))
        }
    }

    @Test(arguments: [Signal.terminate, .interrupt])
    func `a signal ends it with 0, and a push whose upstream hangs is handed back before Cloud Run's patience ends`(
        signal: Signal
    ) async throws {
        let ended = activation()
        try await onStage(policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .getIamPolicy, .always)
            let seconds = try await secondsToEnd(signal, stage, ended)
            #expect(seconds < .seconds(10))
            #expect(stage.bindings.count == 1)
        }
    }

    @Test
    func `an instance that dies between a task's creation and its answer leaves a second task, which costs a read`()
        async throws
    {
        let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/jitcleanup"
        let settings = ["BINDING_TITLES": "*", "TASK_QUEUE_PATH": queue]
        let grant = temporaryGrant(until: 4)
        try await onStage(settings, policy: LocalPolicy.policy([grant.binding])) { stage async throws in
            let tasks = stage.cloud.tasks
            tasks.createQueue(queue)
            tasks.setTarget(stage.url + "/push")
            stage.cloud.faults.inject(.answerLate(after: .seconds(60)), at: .createTask)
            let message = auditEntry(adding: [grant])
            let end = try await withProgram(stage, settings) { other, execution in
                let answer = Task { try await other.push(message) }
                try await waitUntil { tasks.made(in: queue).count == 1 }
                try execution.send(signal: .kill)
                await #expect(throws: TransportError.self) { try await answer.value }
            }
            #expect(end == .signaled(9))
            // Pub/Sub has no answer, so it comes again, to another instance.
            #expect(try await stage.push(message).status == 204)
            #expect(tasks.made(in: queue).count == 2)
            try await waitUntil { tasks.tasks(in: queue).isEmpty }
            #expect(stage.bindings.isEmpty)
            #expect(stage.calls.writes == 1)
            #expect(stage.calls.reads <= 2)
        }
    }

    /// Runs the program, pushes a message whose project's policy cannot be read, and sends a signal.
    ///
    /// - Returns: How long the program then took to end, with the push answered by 503.
    private func secondsToEnd(
        _ signal: Signal,
        _ stage: Stage,
        _ activation: LocalActivation
    ) async throws -> Duration {
        let start = Mutex(Duration.zero)
        let end = try await withProgram(stage) { other, execution in
            async let answer = other.push(activation.message(.selfApproved))
            try await waitUntil { stage.cloud.faults.struck(.getIamPolicy) > 0 }
            start.withLock { $0 = TimeSource.system.uptime() }
            try execution.send(signal: signal)
            #expect(try await answer.status == 503)
        }
        #expect(end == .exited(0))
        return TimeSource.system.uptime() - start.withLock { $0 }
    }

    /// Runs the program beside a stage's own service, and waits for its end after the body.
    private func withProgram(
        _ stage: Stage,
        _ settings: [String: String] = [:],
        _ body: (Stage, Execution<NoInput, SequenceOutput, DiscardedOutput>) async throws -> Void
    ) async throws -> TerminationStatus {
        let own = [
            "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "PROJECT_ID": "own-project", "EXPIRY_GRACE_SECONDS": "1",
            "LOG_FORMAT": "json",
        ]
        let variables = stage.cloud.environment.merging(own) { $1 }.merging(settings) { $1 }
        return try await run(
            .path(program),
            environment: environment(variables),
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            var url = ""
            while url.isEmpty, let line = try await lines.next() {
                if let match = line.firstMatch(of: /"port":([0-9]+)/) { url = "http://127.0.0.1:\(match.output.1)" }
            }
            try #require(!url.isEmpty, "it ended before it listened")
            try await body(Stage(cloud: stage.cloud, transport: stage.transport, log: stage.log, url: url), execution)
            while try await lines.next() != nil {}
        }.terminationStatus
    }
}
