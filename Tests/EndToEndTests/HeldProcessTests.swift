import FoundationEssentials
import HTTPTransport
import LocalCloud
import Subprocess
import SystemPackage
import Testing
import Timestamps

@testable import jitcleanup

@Suite("The program with many held pushes", .timeLimit(.minutes(2)))
struct HeldProcessTests {
    private static let count = 500

    /// The resident set of a process (`proc(5)`, `statm`: the second number, in pages of 4 kB).
    private static func residentBytes(_ process: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    private static func openFiles(_ process: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }

    @Test func `a signal hands all of them back at once`() async throws {
        try await onStage { stage async throws in
            let later = activation(from: -60, until: 400)
            let program = FilePath(CommandLine.arguments[0]).removingLastComponent().appending("jitcleanup")
            let own = [
                "PORT": "0", "LISTEN_ADDRESS": "127.0.0.1", "PROJECT_ID": "own-project", "LOG_FORMAT": "json",
                // A line for each push would fill the pipe, which nobody reads meanwhile.
                "LOG_LEVEL": "notice",
                "HOLD_SECONDS": "500", "HOLD_CAPACITY": "\(Self.count)", "MAX_CONNECTIONS": "\(Self.count + 8)",
            ]
            let variables = stage.cloud.environment.merging(own) { $1 }
            let result = try await run(
                .path(program),
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
                let client = try CurlTransport(
                    CurlSettings(
                        userAgent: "jitcleanup-tests",
                        maximumConnectionsPerHost: Self.count + 8,
                        maximumConnections: Self.count + 8
                    )
                )
                let url = "http://127.0.0.1:\(port)"
                let held = Stage(cloud: stage.cloud, transport: client, log: stage.log, url: url)
                // The keys are fetched, and what is needed once is there, before the memory is looked at.
                #expect(try await held.push(activation(until: 5000).message(.selfApproved)).status == 425)
                let process = "\(execution.processIdentifier.value)"
                let before = Self.residentBytes(process)
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<Self.count {
                        group.addTask { try await held.push(later.message(.selfApproved), id: "\(number)").status }
                    }
                    let deadline = TimeSource.system.uptime() + .seconds(30)
                    while Self.openFiles(process) < Self.count, TimeSource.system.uptime() < deadline {
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    // They are connected; a second more, and their requests have been read.
                    try await Task.sleep(for: .seconds(1))
                    let bytes = (Self.residentBytes(process) - before) / Self.count
                    print("A held push takes \(bytes) bytes of the process, its connection included")
                    try execution.send(signal: .terminate)
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses == Array(repeating: 503, count: Self.count))
                await client.stop()
                while try await lines.next() != nil {}
            }
            #expect(result.terminationStatus == .exited(0))
        }
    }
}
