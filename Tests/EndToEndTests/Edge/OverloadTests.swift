import HTTPTransport
import LocalCloud
import NIOCore
import Testing
import Timestamps

@testable import Webhook
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

    /// Slow clients are closed to make room only, and not because their time is over.
    private static let patient: EdgeLimits = {
        var limits = EdgeLimits()
        limits.head = .seconds(100)
        return limits
    }()

    /// How many are open, as soon as they are so few.
    private func open(_ clients: [RawConnection], atMost most: Int) async throws -> Int {
        let deadline = TimeSource.system.uptime() + .seconds(20)
        while true {
            for client in clients { try await client.waitForEnd(.zero) }
            let open = clients.count { !$0.isClosed }
            // A client counts as connected while it still waits to be accepted.
            if open <= most || TimeSource.system.uptime() > deadline { return open }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func `slow clients in any number leave room for a push, on a new connection and on a kept one`() async throws
    {
        try await onStage(["MAX_CONNECTIONS": "20"], edge: Self.patient) { stage async throws in
            let message = OutgoingMessage(data: Array("{}".utf8))
            let kept = try RawConnection(stage.url)
            try await kept.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            try await kept.wait { $0.statuses == [200] }
            var clients: [RawConnection] = []
            for _ in 0..<10 {
                clients += try await slowClients(20, stage)
                #expect(try await stage.push(message).status == 204)
            }
            let open = try await open(clients, atMost: 20)
            #expect(open > 10 && open <= 20, "\(open) are left of 200")
            // Who has been answered before stays longer than any stranger.
            try await kept.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            try await kept.wait { $0.statuses == [200, 200] }
            #expect(kept.statuses == [200, 200])
            #expect(stage.log.lines(of: "connections.shed").count == 1)
        }
    }

    @Test func `the last answer of a connection gets through while others wait to be accepted`() async throws {
        var limits = Self.patient
        limits.request = .milliseconds(800)
        try await onStage(["MAX_CONNECTIONS": "2"], edge: limits) { stage async throws in
            let head = "POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(try stage.token())\r\n"
            let request = head + "Content-Type: application/json\r\nContent-Length: 9\r\n\r\nhalf"
            var clients: [RawConnection] = []
            for _ in 0..<4 {
                let client = try RawConnection(stage.url)
                try await client.send(request)
                try await client.waitForEnd(.milliseconds(100))
                clients.append(client)
            }
            for client in clients { try await client.wait { !$0.statuses.isEmpty } }
            // The first one holds the only place for a push's work.
            #expect(clients.map(\.statuses) == [[408], [503], [503], [503]])
        }
    }

    @Test func `of requests that come all at once only so many are answered`() async throws {
        try await onStage { stage async throws in
            let connection = try RawConnection(stage.url)
            let request = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
            try await connection.send(String(repeating: request, count: 2000))
            try await connection.waitForEnd()
            let statuses = connection.statuses
            #expect(statuses.allSatisfy { $0 == 200 })
            #expect(statuses.count >= EdgeLimits.pipelinedRequests && statuses.count < 2000)
        }
    }

    @Test func `the oldest stranger goes first`() async throws {
        try await onStage(["MAX_CONNECTIONS": "4"], edge: Self.patient) { stage async throws in
            var clients: [RawConnection] = []
            for _ in 0..<3 {
                clients += try await slowClients(1, stage)
                // Event loops of their own take them in, each in its own time.
                try await clients[0].waitForEnd(.milliseconds(100))
            }
            #expect(try await open(clients, atMost: 3) == 3)
            let another = try await slowClients(1, stage)
            try await clients[0].waitForEnd()
            #expect(clients[0].isClosed)
            #expect(try await open(clients + another, atMost: 3) == 3)
        }
    }

    @Test func `connections that are kept without need do not keep a new one out`() async throws {
        try await onStage(["MAX_CONNECTIONS": "4"], edge: Self.patient) { stage async throws in
            var clients: [RawConnection] = []
            for _ in 0..<20 {
                let client = try RawConnection(stage.url)
                // Until it is taken in, and looked at, without having said anything.
                try await client.waitForEnd(.milliseconds(20))
                try await client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                try await client.wait { $0.statuses == [200] }
                #expect(client.statuses == [200])
                clients.append(client)
            }
        }
    }

    @Test func `a connection whose push is worked on is never shed`() async throws {
        let soon = activation(from: -60, until: 3)
        let settings = ["MAX_CONNECTIONS": "4", "HOLD_SECONDS": "30", "HOLD_CAPACITY": "2"]
        try await onStage(settings, policy: LocalPolicy.policy(soon.bindings), edge: Self.patient) {
            stage async throws in
            async let held = stage.push(soon.message(.selfApproved))
            while stage.cloud.requests.count(.keys) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            try await Task.sleep(for: .milliseconds(200))
            let clients = try await slowClients(40, stage)
            #expect(try await held.status == 204)
            #expect(try await open(clients, atMost: 4) <= 4)
        }
    }

    @Test func `a client that does not read its answers keeps nobody out`() async throws {
        try await onStage(["MAX_CONNECTIONS": "3"]) { stage async throws in
            let requests = Array(String(repeating: "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", count: 1000).utf8)
            let stalled = try RawConnection(stage.url, receiveBuffer: 2048)
            for _ in 0..<200 {
                guard try await stalled.send(requests, patience: .seconds(2), reads: false) else { break }
            }
            var clients: [RawConnection] = []
            for _ in 0..<5 {
                let client = try RawConnection(stage.url)
                try await client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                try await client.wait { $0.statuses == [200] }
                #expect(client.statuses == [200])
                clients.append(client)
            }
        }
    }

    @Test(
        "connections leave descriptors for everything else",
        arguments: [
            (1000, 1_048_576, 1000), (1000, 1024, 896), (1000, 1128, 1000), (1000, 1127, 999), (1000, 256, 128),
            (1000, 64, 32), (10, 64, 10), (1000, 1, 1),
        ]
    )
    func descriptors(wanted: Int, limit: Int, connections: Int) {
        #expect(DescriptorLimit.connections(wanted, limit: limit) == connections)
    }
}
