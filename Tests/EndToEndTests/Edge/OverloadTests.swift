import HTTPEdge
import HTTPTransport
import LocalCloud
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import Testing
import Timestamps

@testable import PushEndpoint
@testable import Service
@testable import jitcleanup

@Suite("More clients than there is room for", .timeLimit(.minutes(2)))
struct OverloadTests {
    private static let slowHead = "POST /push HTTP/1.1\r\nX: "

    /// Opens connections that send the beginning of a head and no more.
    private func slowClients(_ count: Int, _ stage: Stage) async throws -> [RawConnection] {
        var clients: [RawConnection] = []
        for _ in 0..<count {
            let client = try RawConnection(stage.url)
            try await client.send(Self.slowHead)
            clients.append(client)
        }
        return clients
    }

    private func limits(_ change: (inout EdgeLimits) -> Void) -> EdgeLimits {
        var limits = EdgeLimits()
        change(&limits)
        return limits
    }

    @Test func `slow clients beside free places do not hold up a push`() async throws {
        try await onStage(["MAX_CONNECTIONS": "20"], edge: limits { $0.head = .seconds(100) }) { stage async throws in
            let clients = try await slowClients(15, stage)
            #expect(try await stage.push(OutgoingMessage(data: Array("{}".utf8))).status == 204)
            #expect(clients.allSatisfy { !$0.isClosed })
        }
    }

    @Test func `where slow clients have all places a new one waits until their heads are overdue`() async throws {
        try await onStage(["MAX_CONNECTIONS": "2"], edge: limits { $0.head = .seconds(2) }) { stage async throws in
            // A few more than places, since several may be accepted at a time.
            let clients = try await slowClients(12, stage)
            let start = TimeSource.system.uptime()
            #expect(try await stage.push(OutgoingMessage(data: Array("{}".utf8))).status == 204)
            #expect(TimeSource.system.uptime() - start > .milliseconds(500))
            for client in clients { try await client.wait { !$0.statuses.isEmpty } }
            #expect(clients.allSatisfy { $0.statuses == [408] })
        }
    }

    @Test func `each of four pushes on two connections is answered though their bodies never come`() async throws {
        let edge = limits { $0.request = .milliseconds(800) }
        try await onStage(["MAX_CONNECTIONS": "2"], edge: edge) { stage async throws in
            let head = "POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(try stage.token())\r\n"
            let request = head + "Content-Type: application/json\r\nContent-Length: 9\r\n\r\nhalf"
            var clients: [RawConnection] = []
            for _ in 0..<4 {
                let client = try RawConnection(stage.url)
                try await client.send(request)
                clients.append(client)
            }
            for client in clients { try await client.wait { !$0.statuses.isEmpty } }
            // One place for a push's work, so the second is turned away at once.
            #expect(clients.allSatisfy { $0.statuses == [408] || $0.statuses == [503] })
        }
    }

    @Test func `requests that come all at once are answered, all of them, in their order`() async throws {
        try await onStage { stage async throws in
            let connection = try RawConnection(stage.url)
            let requests = (0..<500).map { "GET /\($0 % 2 == 0 ? "health" : "other") HTTP/1.1\r\nHost: x\r\n\r\n" }
            try await connection.send(requests.joined())
            try await connection.wait { $0.statuses.count >= 500 }
            #expect(connection.statuses == (0..<500).map { $0 % 2 == 0 ? 200 : 404 })
        }
    }

    @Test func `requests that a client has left behind are not carried out`() async throws {
        let handled = Mutex(0)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let edge = EdgeChannel(date: { nil }) { _ in
            handled.withLock { $0 += 1 }
            try? await Task.sleep(for: .milliseconds(10))
            return EdgeResponse(status: .ok)
        }
        let logger = Logger(label: "") { _ in SwiftLogNoOpLogHandler() }
        let server = edge.server("127.0.0.1", port: 0, logger: logger) { listening.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var port = ports.makeAsyncIterator()
            let connection = try RawConnection("http://127.0.0.1:\(try #require(await port.next()))")
            try await connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: x\r\n\r\n", count: 500))
            try await connection.wait { !$0.statuses.isEmpty }
            connection.disconnect()
            // Time for a hundred; until the disconnection is noticed, one or two more are answered.
            try await Task.sleep(for: .seconds(1))
            #expect(handled.withLock { $0 } < 25)
            group.cancelAll()
        }
    }

    @Test(arguments: [
        "GET /health HTTP/1.1\r\nX:", "GET /health",
        "POST /push HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX:",
    ])
    func `white space without end is not kept in memory`(_ start: String) async throws {
        try await onStage(edge: limits { $0.lingering = .milliseconds(500) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            try await connection.send(start)
            let spaces = [UInt8](repeating: 0x20, count: 1 << 16)
            // More than the system's own buffers take while the server has no processor.
            let many = 1024
            var sent = 0
            while sent < many, !connection.isClosed {
                guard try await connection.send(spaces, patience: .seconds(1), reads: true) else { break }
                sent += 1
                // What comes after the end is thrown away so fast that sending alone would not notice it.
                try await connection.waitForEnd(.milliseconds(2))
            }
            try await connection.waitForEnd(.seconds(2))
            #expect(connection.isClosed)
            #expect(sent < many, "64 MiB were taken")
        }
    }

    @Test func `a client that does not read its answers is closed`() async throws {
        let edge = limits { $0.answer = .seconds(1) }
        try await onStage(["MAX_CONNECTIONS": "1"], edge: edge) { stage async throws in
            let requests = Array(String(repeating: "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", count: 1000).utf8)
            let stalled = try RawConnection(stage.url, receiveBuffer: 2048)
            for _ in 0..<200 {
                guard try await stalled.send(requests, patience: .milliseconds(500), reads: false) else { break }
            }
            // It gets the only place, once that is free.
            #expect(try await stage.get("/health").status == 200)
        }
    }

    @Test(
        arguments: [(nil, 1000), (1_048_576, 1000), (2000, 1000), (1998, 999), (64, 32), (1, 1)] as [(Int?, Int)]
    )
    func `connections leave descriptors for everything else`(limit: Int?, connections: Int) throws {
        var settings = try Settings(
            environment: ["PUSH_AUDIENCE": "https://a.example", "PUSH_SERVICE_ACCOUNT": "p@x.iam.gserviceaccount.com"],
            isTerminal: false
        )
        DescriptorLimit.apply(to: &settings, limit: limit, Logger(label: "unused") { _ in SwiftLogNoOpLogHandler() })
        #expect(settings.maximumConnections == connections)
    }
}
