import HTTPTransport
import LocalCloud
import Synchronization
import Testing
import Timestamps

/// All kinds of clients at once, and faults of Google's services.
final class SoakTraffic: Sendable {
    private let program: Stage
    private let counts = Mutex<[Int: Int]>([:])

    init(_ program: Stage) {
        self.program = program
    }

    /// The statuses that were seen; 0 for none.
    var statuses: Set<Int> { counts.withLock { Set($0.keys) } }

    /// How often each status was seen.
    var summary: String {
        counts.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key) x \($0.value)" }.joined(separator: ", ") }
    }

    /// Goes on for so long, and then waits for the last answers.
    func run(for duration: Duration) async throws {
        let deadline = TimeSource.system.uptime() + duration
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<4 { group.addTask { try await self.push(until: deadline, UInt64(seed)) } }
            for seed in 0..<20 { group.addTask { try await self.dawdle(until: deadline, seed) } }
            group.addTask { try await self.abort(until: deadline) }
            group.addTask { try await self.breakGoogle(until: deadline) }
            try await group.waitForAll()
        }
        program.cloud.faults.clear()
    }

    private func push(until deadline: Duration, _ seed: UInt64) async throws {
        var number = Int(seed)
        while TimeSource.system.uptime() < deadline {
            number += 4
            let user = "user\(number)@example.com"
            let status: Int
            switch number % 11 {
            case 0:
                let ended = activation(user)
                if seed == 0 {
                    try program.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(ended.bindings))
                }
                status = try await program.push(ended.message(.selfApproved), id: "\(number)").status
            case 1: status = try await program.push(activation(user).message(.approved), id: "\(number)").status
            case 2: status = try await program.push(activation(user, until: 5000).message(.selfApproved)).status
            case 3: status = try await program.push(activation(user, from: -60, until: 2).message(.selfApproved)).status
            case 4: status = try await program.push(OutgoingMessage(data: Array("{}".utf8))).status
            case 5: status = try await program.push(data: #"{"type":"ActivationSelfApproved","attributes":{}}"#).status
            case 6: status = try await program.push(body: Array("{".utf8)).status
            case 7:
                let forged = try program.token().dropLast(20) + String(repeating: "A", count: 20)
                status = try await program.post([], headers: [("Authorization", "Bearer \(forged)")]).status
            case 8:
                let foreign = try program.token(audience: "https://other.example")
                status = try await program.post([], headers: [("Authorization", "Bearer \(foreign)")]).status
            case 9: status = try await program.post([UInt8](repeating: 0x20, count: 200_000), headers: []).status
            default: status = try await program.get("/health").status
            }
            counts.withLock { $0[status, default: 0] += 1 }
        }
    }

    /// A client that is slow in one of several ways, over and over.
    private func dawdle(until deadline: Duration, _ number: Int) async throws {
        let head = "POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(try program.token())\r\n"
        let ways = [
            "", "POST /push HTTP/1.1\r\nX: ", head + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
            "POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
        ]
        while TimeSource.system.uptime() < deadline {
            let connection = try RawConnection(program.url)
            try await connection.send(ways[number % ways.count])
            for _ in 0..<50 where !connection.isClosed && TimeSource.system.uptime() < deadline {
                try await connection.waitForEnd(.milliseconds(100))
                if number % ways.count > 0 { try await connection.send("a") }
            }
        }
    }

    /// Clients that go away in the middle.
    private func abort(until deadline: Duration) async throws {
        let message = PubSubMessage(
            id: "1",
            publishTime: TimeSource.system.now(),
            content: activation(from: -60, until: 4).message(.selfApproved)
        )
        let body = message.envelope(subscription: "projects/p/subscriptions/s", deliveryAttempt: nil)
        while TimeSource.system.uptime() < deadline {
            for share in [0.1, 0.5, 0.9, 1.0] {
                let head =
                    "POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(try program.token())\r\n"
                    + "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
                let bytes = Array(head.utf8) + body
                let connection = try RawConnection(program.url)
                try await connection.send(bytes.prefix(Int(Double(bytes.count) * share)))
                try await connection.waitForEnd(.milliseconds(20))
                connection.disconnect()
            }
        }
    }

    private func breakGoogle(until deadline: Duration) async throws {
        let faults: [(Fault, Endpoint)] = [
            (.status(503), .getIamPolicy), (.hang(atMost: .seconds(8)), .getIamPolicy), (.reset, .setIamPolicy),
            (.cut(afterBytes: 10), .getIamPolicy), (.loseReply, .setIamPolicy), (.status(429), .getIamPolicy),
            (.status(500), .accessToken), (.truncate(toBytes: 5), .getIamPolicy), (.html(502), .setIamPolicy),
            (.delay(.milliseconds(500)), .getIamPolicy), (.oversized(bytes: 64 << 20), .getIamPolicy),
        ]
        var next = 0
        while TimeSource.system.uptime() < deadline {
            let (fault, endpoint) = faults[next % faults.count]
            program.cloud.faults.inject(fault, at: endpoint, .next(3))
            next += 1
            try await Task.sleep(for: .milliseconds(700))
        }
    }
}
