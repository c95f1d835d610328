import HTTPEdge
import HTTPTransport
import LocalCloud
import NIOCore
import Testing
import Timestamps

@testable import PushEndpoint

@Suite("Clients that take their time", .timeLimit(.minutes(2)))
struct SlowClientTests {
    private static let health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"

    /// Limits of which one matters: all others are too long to be reached.
    private static func limits(_ change: (inout EdgeLimits) -> Void) -> EdgeLimits {
        var limits = EdgeLimits()
        (limits.head, limits.request, limits.idle) = (.seconds(60), .seconds(60), .seconds(60))
        (limits.answer, limits.lingering) = (.seconds(60), .seconds(60))
        change(&limits)
        return limits
    }

    /// Sends a byte every 20 ms until the connection ends.
    private func drip(_ connection: RawConnection, _ byte: String = "a") async throws {
        let deadline = TimeSource.system.uptime() + .seconds(20)
        while !connection.isClosed, TimeSource.system.uptime() < deadline {
            try await connection.send(byte)
            try await connection.waitForEnd(.milliseconds(20))
        }
    }

    @Test func `a head that comes byte by byte is answered with 408 when its time is over`() async throws {
        try await onStage(edge: Self.limits { $0.head = .seconds(1) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            try await connection.send("POST /push HTTP/1.1\r\nX: ")
            try await drip(connection)
            #expect(connection.statuses == [408])
            #expect(connection.isClosed)
        }
    }

    @Test func `empty lines before a request use up its time, too`() async throws {
        try await onStage(edge: Self.limits { $0.head = .seconds(1) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            try await drip(connection, "\r\n")
            #expect(connection.statuses == [408])
        }
    }

    @Test func `a head in time is answered, however often the client does so`() async throws {
        try await onStage(edge: Self.limits { $0.head = .seconds(5) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            for count in 1...5 {
                try await connection.send(String(Self.health.prefix(9)))
                try await connection.waitForEnd(.milliseconds(50))
                try await connection.send(String(Self.health.dropFirst(9)))
                try await connection.wait { $0.statuses.count == count }
            }
            #expect(connection.statuses == [200, 200, 200, 200, 200])
            #expect(!connection.isClosed)
        }
    }

    @Test func `a connection that never says anything is closed without an answer`() async throws {
        try await onStage(edge: Self.limits { $0.head = .milliseconds(300) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            try await connection.waitForEnd()
            #expect(connection.isClosed)
            #expect(connection.received.isEmpty)
        }
    }

    @Test func `a connection is kept between requests, but not for ever`() async throws {
        try await onStage(edge: Self.limits { $0.idle = .seconds(2) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            for count in 1...4 {
                try await connection.send(Self.health)
                try await connection.wait { $0.statuses.count == count }
                try await connection.waitForEnd(.milliseconds(100))
                #expect(!connection.isClosed)
            }
            try await connection.waitForEnd()
            #expect(connection.isClosed)
            #expect(connection.statuses == [200, 200, 200, 200])
        }
    }

    @Test func `the second request's head has its time as well`() async throws {
        try await onStage(edge: Self.limits { $0.head = .seconds(1) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            try await connection.send(Self.health)
            try await connection.wait { $0.statuses.count == 1 }
            try await connection.send("GET /")
            try await drip(connection)
            #expect(connection.statuses == [200, 408])
        }
    }

    @Test func `an authentic body that comes byte by byte is answered with 408 when its time is over`() async throws {
        try await onStage(edge: Self.limits { ($0.request, $0.lingering) = (.seconds(1), .milliseconds(500)) }) {
            stage async throws in
            let connection = try RawConnection(stage.url)
            try await connection.send(push(try stage.token(), length: 1000))
            try await drip(connection)
            #expect(connection.statuses == [408])
            #expect(stage.log.field("reason", of: "push.body-refused") == "too-slow")
            #expect(stage.calls == (0, 0))
        }
    }

    @Test func `a large unauthenticated body is not waited for, and ends the connection`() async throws {
        try await onStage(edge: Self.limits { $0.lingering = .milliseconds(300) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            try await connection.send(push("none", length: 100_000))
            try await connection.wait { !$0.statuses.isEmpty }
            #expect(connection.statuses == [401])
            #expect(connection.text.lowercased().contains("connection: close"))
            try await drip(connection)
            #expect(connection.isClosed)
            #expect(connection.statuses == [401])
        }
    }

    @Test(arguments: [
        ("PUT /push HTTP/1.1", "application/json", 405), ("POST /nowhere HTTP/1.1", "application/json", 404),
        ("POST /push HTTP/1.1", "text/plain", 415), ("GET /health HTTP/1.1", "application/json", 200),
    ])
    func `what is refused is refused before its body, and its connection ends`(
        start: String,
        contentType: String,
        status: Int
    ) async throws {
        try await onStage(edge: Self.limits { $0.lingering = .milliseconds(300) }) { stage async throws in
            let connection = try RawConnection(stage.url)
            let head = push(try stage.token(), length: 16 << 20, contentType: contentType)
            try await connection.send(start + head.drop { $0 != "\r\n" })
            try await connection.wait { !$0.statuses.isEmpty }
            #expect(connection.statuses == [status])
            // Megabytes more are thrown away, not kept.
            try await connection.send([UInt8](repeating: 0x20, count: 4 << 20), patience: .seconds(2))
            try await connection.waitForEnd()
            #expect(connection.isClosed)
        }
    }

    @Test func `a client that never reads its answers is cut off`() async throws {
        try await onStage(edge: Self.limits { $0.answer = .seconds(1) }) { stage async throws in
            let connection = try RawConnection(stage.url, receiveBuffer: 2048)
            let requests = Array(String(repeating: Self.health, count: 10).utf8)
            let end = TimeSource.system.uptime() + .seconds(60)
            var isOpen = true
            // Some thousand answers fill all buffers on the way. Until then it only sends, but not all at once.
            while isOpen, TimeSource.system.uptime() < end {
                isOpen = try await connection.send(requests, reads: false)
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(!isOpen, "it goes on for ever")
            #expect(try await stage.get("/health").status == 200)
        }
    }

    @Test func `requests of a client that never reads its answers are not taken in without bound`() async throws {
        try await onStage(edge: Self.limits { $0.answer = .seconds(60) }) { stage async throws in
            let connection = try RawConnection(stage.url, receiveBuffer: 2048)
            // Twice what all buffers on the way hold.
            let requests = Array(String(repeating: Self.health, count: 8 * 1024 * 1024 / Self.health.utf8.count).utf8)
            let isTaken = try await connection.send(requests, patience: .seconds(10), reads: false)
            #expect(!isTaken, "all of it was read")
            #expect(try await stage.get("/health").status == 200)
        }
    }

    @Test func `a client that waits for 100 Continue gets it once its token is believed`() async throws {
        try await onStage { stage async throws in
            let connection = try RawConnection(stage.url)
            let head = push(try stage.token(), length: EdgeCase.body.utf8.count)
            try await connection.send(head.dropLast() + "Expect: 100-continue\r\n\r\n")
            try await connection.wait { !$0.statuses.isEmpty }
            #expect(connection.text == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.send(EdgeCase.body)
            try await connection.wait { $0.statuses.count == 2 }
            #expect(connection.statuses == [100, 204])
            #expect(!connection.isClosed)
        }
    }

    private func push(_ token: String, length: Int, contentType: String = "application/json") -> String {
        "POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: \(contentType)\r\n"
            + "Content-Length: \(length)\r\n\r\n"
    }
}
