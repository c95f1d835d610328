import HTTPTransport
import LocalCloud
import Testing
import Timestamps

@testable import PushEndpoint
@testable import Service

@Suite("More pushes than there is room for", .timeLimit(.minutes(2)))
struct FullHouseTests {
    @Test func `beyond the pushes that it can work on it answers 503 at once, and recovers by itself`() async throws {
        let settings = ["MAX_CONNECTIONS": "10", "REQUEST_TIMEOUT_SECONDS": "6"]
        let ended = activation()
        try await onStage(settings, policy: LocalPolicy.policy(ended.bindings)) { stage async throws in
            // Four in five of the connections.
            let places = 8
            stage.cloud.faults.inject(.hang(atMost: .seconds(60)), at: .getIamPolicy, .always)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<places {
                    // Each for a project of its own, so that its call shows that it has got its place.
                    group.addTask {
                        try await stage.push(activation(project: "shop-\(number)-test").message(.selfApproved)).status
                    }
                }
                while stage.cloud.faults.struck(.getIamPolicy) < places {
                    try await Task.sleep(for: .milliseconds(10))
                }
                let refused = try await stage.push(OutgoingMessage(data: Array("{}".utf8)))
                #expect(refused.status == 503)
                #expect(refused.header("retry-after") == "1")
                #expect(stage.log.lines(of: "push.no-place").count == 1)
                // Without a token it is 401 all the same, and health is health.
                #expect(try await stage.post([], headers: []).status == 401)
                #expect(try await stage.get("/health").status == 200)
                let statuses = try await group.reduce(into: []) { $0.append($1) }
                #expect(statuses == Array(repeating: 500, count: places))
            }
            stage.cloud.faults.clear()
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `the bytes of bodies have a bound, at which places stay as they are`() throws {
        let places = PushCapacity(pushes: 3, bytes: 100)
        var (one, two) = (try #require(places.reserve()), try #require(places.reserve()))
        #expect(places.grow(&one, to: 60))
        #expect(places.grow(&two, to: 40))
        #expect(!places.grow(&two, to: 41))
        #expect(places.grow(&one, to: 10), "a body that is shorter than it was to be keeps its room")
        var three = try #require(places.reserve())
        #expect(places.reserve() == nil)
        #expect(!places.grow(&three, to: 1))
        places.release(two)
        #expect(places.grow(&three, to: 40))
        places.release(three)
        places.release(one)
        var four = try #require(places.reserve())
        #expect(places.grow(&four, to: 100))
    }

    @Test func `a body that finds no memory is refused before it is read`() async throws {
        try await onStage { stage async throws in
            let token = try stage.token()
            let head =
                "POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
            let large = head + "Content-Length: \(16 << 20)\r\n\r\n"
            // There is room for three; whichever comes last is refused.
            let clients = try (0..<4).map { _ in try RawConnection(stage.url) }
            for client in clients { try await client.send(large) }
            let deadline = TimeSource.system.uptime() + .seconds(10)
            while clients.allSatisfy(\.statuses.isEmpty), TimeSource.system.uptime() < deadline {
                for client in clients { try await client.waitForEnd(.milliseconds(2)) }
            }
            #expect(clients.map(\.statuses).filter { !$0.isEmpty } == [[503]])
            #expect(stage.log.lines(of: "push.no-room").count == 1)
            for client in clients { client.disconnect() }
            var status = 503
            while status == 503, TimeSource.system.uptime() < deadline {
                status = try await stage.push(OutgoingMessage(data: Array("{}".utf8))).status
            }
            #expect(status == 204)
        }
    }
}
