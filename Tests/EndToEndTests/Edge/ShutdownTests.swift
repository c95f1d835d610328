import FoundationEssentials
import Glibc
import HTTPEdge
import HTTPTransport
import LocalCloud
import Logging
import NIOCore
import NIOEmbedded
import Subprocess
import SystemPackage
import Testing
import Timestamps

@Suite("The program at its limits, and at its end", .timeLimit(.minutes(2)))
struct ShutdownTests {
    private static let message = OutgoingMessage(data: Array("{}".utf8))
    /// Cloud Run's, from the signal on.
    private static let patience = Duration.seconds(10)

    /// Waits until the program has obeyed its first signal: two of one number that come at once are one.
    private func waitForShutdown(of program: Stage) async throws {
        while await (try? program.get("/health")) != nil { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test func `slow clients of all kinds do not hold up its end`() async throws {
        try await onStage { stage async throws in
            let status = try await withProgram(stage, endsByItself: true) { program, process async throws in
                let head = "POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(try program.token())\r\n"
                let beginnings = [
                    "", "POST /pu", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
                    head + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
                    "POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
                ]
                #expect(try await program.push(Self.message).status == 204)
                var clients: [RawConnection] = []
                for beginning in beginnings {
                    let client = try RawConnection(program.url)
                    try await client.send(beginning)
                    clients.append(client)
                }
                let stalled = try RawConnection(program.url, receiveBuffer: 2048)
                let requests = Array(String(repeating: beginnings[2], count: 1000).utf8)
                for _ in 0..<200 {
                    guard try await stalled.send(requests, patience: .seconds(2), reads: false) else { break }
                }
                let start = TimeSource.system.uptime()
                kill(process, SIGTERM)
                for client in clients { try await client.waitForEnd() }
                let open = clients.count { !$0.isClosed }
                #expect(open == 0)
                // The body that is not there is handed back, not acknowledged.
                #expect(clients[3].statuses == [503])
                try await stalled.send([UInt8](repeating: 0x20, count: 1 << 20), reads: false)
                #expect(TimeSource.system.uptime() - start < .seconds(8))
            }
            #expect(status == .exited(0))
        }
    }

    @Test func `a log that nobody reads does not hold up its end`() async throws {
        try await onStage { stage async throws in
            let status = try await withProgram(stage, readsLog: false, endsByItself: true) {
                program,
                process async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // More lines than a pipe takes.
                    for _ in 0..<20 {
                        group.addTask { for _ in 0..<50 { guard await Self.isAnswered(program) else { return } } }
                    }
                    var isStalled = false
                    while !isStalled {
                        let client = try RawConnection(program.url)
                        try await client.send("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        try await client.waitForEnd(.seconds(2))
                        isStalled = client.statuses.isEmpty
                    }
                    let start = TimeSource.system.uptime()
                    kill(process, SIGTERM)
                    // Their connections end with it.
                    try await group.waitForAll()
                    #expect(TimeSource.system.uptime() - start < Self.patience)
                }
            }
            #expect(status == .exited(0))
        }
    }

    @Test func `a connection that the stopping server accepted but never served is closed`() async throws {
        let channel = NIOAsyncTestingChannel()
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        let edge = EdgeChannel(date: { nil }, respond: { _ in nil })
        _ = try await channel.testingEventLoop.submit { edge.setup(channel: channel, logger: Logger(label: "")) }.get()
            .get()
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        await channel.testingEventLoop.run()
        #expect(!channel.isActive)
    }

    private static func isAnswered(_ program: Stage) async -> Bool {
        await (try? program.push(message)) != nil
    }

    @Test func `a quarantine topic that does not answer does not hold up its end`() async throws {
        let topic = "projects/own-project/topics/quarantine"
        try await onStage { stage async throws in
            stage.cloud.pubSub.createTopic(topic)
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .publish, .always)
            let settings = ["QUARANTINE_TOPIC_NAME": topic]
            let status = try await withProgram(stage, settings, endsByItself: true) { program, process async throws in
                async let answer = program.push(data: #"{"type":"ActivationSelfApproved","attributes":{}}"#)
                while stage.cloud.faults.struck(.publish) == 0 { try await Task.sleep(for: .milliseconds(10)) }
                let start = TimeSource.system.uptime()
                kill(process, SIGTERM)
                #expect(try await answer.status == 503)
                #expect(TimeSource.system.uptime() - start < Self.patience)
            }
            #expect(status == .exited(0))
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a second signal ends it at once`(second: Int32) async throws {
        try await onStage { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .getIamPolicy, .always)
            let status = try await withProgram(stage) { program, process async throws in
                async let answer = try? program.push(activation().message(.selfApproved))
                while stage.cloud.faults.struck(.getIamPolicy) == 0 { try await Task.sleep(for: .milliseconds(10)) }
                kill(process, SIGTERM)
                try await waitForShutdown(of: program)
                let start = TimeSource.system.uptime()
                kill(process, second)
                #expect(await answer == nil)
                #expect(TimeSource.system.uptime() - start < .seconds(3))
            }
            #expect(status == .exited(128 + second))
        }
    }

    /// A process of a namespace of its own has the number 1 there, and no signal does anything by itself.
    private static let canUnshare = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare")

    @Test(
        .enabled(if: canUnshare, "needs root and unshare"),
        arguments: [1, 2]
    )
    func `with the number 1, as in a container, it obeys signals all the same`(signals: Int) async throws {
        try await onStage { stage async throws in
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .getIamPolicy, .always)
            let launcher = ["/usr/bin/unshare", "--pid", "--fork"]
            let status = try await withProgram(stage, launcher: launcher) { program, process async throws in
                let children = try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
                let first = try #require(children.split(separator: " ").first.flatMap { pid_t($0) })
                #expect(try await program.push(Self.message).status == 204)
                async let answer = try? program.push(activation().message(.selfApproved))
                while stage.cloud.faults.struck(.getIamPolicy) == 0 { try await Task.sleep(for: .milliseconds(10)) }
                let start = TimeSource.system.uptime()
                kill(first, SIGTERM)
                if signals > 1 {
                    try await waitForShutdown(of: program)
                    kill(first, SIGTERM)
                }
                #expect(await answer?.status == (signals > 1 ? nil : 503))
                #expect(TimeSource.system.uptime() - start < Self.patience)
            }
            #expect(status == .exited(signals > 1 ? 128 + SIGTERM : 0))
        }
    }

    private static let prlimit = "/usr/bin/prlimit"

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: prlimit), "needs prlimit")
    )
    func `with few file descriptors it takes few connections, and answers pushes beside many slow ones`() async throws {
        try await onStage { stage async throws in
            let status = try await withProgram(stage, launcher: [Self.prlimit, "--nofile=64:64"]) {
                program,
                process async throws in
                var clients: [RawConnection] = []
                for number in 0..<200 {
                    let client = try RawConnection(program.url)
                    try await client.send("POST /push HTTP/1.1\r\nX: ")
                    clients.append(client)
                    if number % 20 == 0 { #expect(try await program.push(Self.message).status == 204) }
                }
                #expect(try descriptors(of: process) < 64)
                #expect(clients.count == 200)
            }
            #expect(status == .exited(0))
        }
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: prlimit), "needs prlimit")
    )
    func `it survives to have no descriptor left, and goes on when there are some again`() async throws {
        try await onStage { stage async throws in
            let status = try await withProgram(stage) { program, process async throws in
                let kept = try RawConnection(program.url)
                try await kept.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                try await kept.wait { $0.statuses.count == 1 }
                // The first five are in use for as long as it runs.
                try await limitDescriptors(of: process, to: 5)
                // The system takes the connection, but the program cannot.
                let waiting = try RawConnection(program.url)
                try await waiting.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                try await waiting.waitForEnd(.milliseconds(500))
                #expect(waiting.statuses.isEmpty)
                try await kept.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                try await kept.wait { $0.statuses.count == 2 }
                #expect(kept.statuses == [200, 200], "who is connected is answered all the time")
                try await limitDescriptors(of: process, to: 1024)
                try await waiting.wait { $0.statuses.count == 1 }
                #expect(waiting.statuses == [200])
                #expect(try await program.push(Self.message).status == 204)
            }
            #expect(status == .exited(0))
        }
    }

    private func descriptors(of process: pid_t) throws -> Int {
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
        return open.count
    }

    private func limitDescriptors(of process: pid_t, to limit: Int) async throws {
        let result = try await run(
            .path("/usr/bin/prlimit"),
            arguments: ["--pid=\(process)", "--nofile=\(limit):"],
            output: .discarded
        )
        try #require(result.terminationStatus == .exited(0))
    }
}
