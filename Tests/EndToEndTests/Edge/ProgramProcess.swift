import Glibc
import LocalCloud
import Subprocess
import SystemPackage
import Testing

/// Runs the program as a process of its own, against a stage's stand-in for Google, while a closure runs; then ends it
/// with SIGTERM, unless the closure has done so.
///
/// - Parameters:
///   - stage: What the program talks to.
///   - settings: The program's own.
///   - launcher: A command, with its full path, that starts the program; nothing for none.
///   - readsLog: Whether somebody reads its log, once it listens.
///   - endsByItself: Whether the closure ends the program, so that it gets no signal but the closure's.
///   - body: Gets the stage with the program in the place of the service, and the number of the process.
/// - Returns: How the process ended.
/// - Throws: What the closure throws, or why there is no such process.
func withProgram(
    _ stage: Stage,
    _ settings: [String: String] = [:],
    launcher: [String] = [],
    readsLog: Bool = true,
    endsByItself: Bool = false,
    _ body: @escaping @Sendable (Stage, pid_t) async throws -> Void
) async throws -> TerminationStatus {
    let program = FilePath(CommandLine.arguments[0]).removingLastComponent().appending("jitcleanup").string
    let own = [
        "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "PROJECT_ID": "own-project", "EXPIRY_GRACE_SECONDS": "1",
        "LOG_FORMAT": "json",
    ]
    let variables = stage.cloud.environment.merging(own) { $1 }.merging(settings) { $1 }
    let command = launcher + [program]
    return try await run(
        .path(FilePath(command[0])),
        arguments: Arguments(Array(command.dropFirst())),
        environment: .custom(
            Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })
        ),
        input: .none,
        output: .sequence,
        error: .discarded
    ) { execution in
        var lines = execution.standardOutput.strings().makeAsyncIterator()
        var port = ""
        while port.isEmpty, let line = try await lines.next() {
            if let match = line.firstMatch(of: /"port":([0-9]+)/) { port = String(match.output.1) }
        }
        try #require(!port.isEmpty, "it ended before it listened")
        let url = "http://127.0.0.1:\(port)"
        let process = execution.processIdentifier.value
        let other = Stage(cloud: stage.cloud, transport: stage.transport, log: stage.log, url: url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // After a signal of the body's own, one more would end it at once.
                let result: Result<Void, any Error>
                do { result = .success(try await body(other, process)) } catch { result = .failure(error) }
                if case .success = result, endsByItself { return }
                kill(process, SIGTERM)
                try result.get()
            }
            // Whatever it logs has to be read, or it would wait for that.
            while readsLog, try await lines.next() != nil {}
            try await group.waitForAll()
        }
    }.terminationStatus
}
