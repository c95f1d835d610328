import HTTPEdge
import HTTPTransport
import NIOCore
import Testing

@testable import PushEndpoint

/// Times short enough for a test that waits for them, and long enough for a loaded machine.
private let quick: EdgeLimits = {
    var limits = EdgeLimits()
    limits.head = .seconds(2)
    limits.request = .seconds(2)
    limits.lingering = .milliseconds(500)
    return limits
}()

@Suite("Raw requests whose outcomes are laid down", .timeLimit(.minutes(5)))
struct RawVectorTests {
    private static let classes = (try? RawCase.load()) ?? []

    @Test func `all cases are read`() {
        #expect(Self.classes.flatMap(\.cases).count == 75)
    }

    @Test(arguments: classes.map(\.name))
    func `without a token`(name: String) async throws {
        try await onStage(edge: quick) { stage async throws in
            for item in Self.classes.filter({ $0.name == name }).flatMap(\.cases) {
                try await check(item, item.bytes, stage)
                // Nothing in any of them authenticates.
                #expect(stage.log.lines(of: "message.ignored").isEmpty, "\(item.id)")
            }
        }
    }

    /// With a token in the first head, each case gets as far as it can; of the others the token is what is tested.
    @Test(
        arguments: classes.map(\.name).filter { !["auth header", "spoofed header"].contains($0) }
    )
    func `with a good token`(name: String) async throws {
        try await onStage(edge: quick) { stage async throws in
            let token = try stage.token()
            for item in Self.classes.filter({ $0.name == name }).flatMap(\.cases) where item.id != "trailer-auth" {
                try await check(item, item.with(token: token).bytes, stage)
            }
        }
    }

    private func check(_ item: RawCase, _ bytes: [UInt8], _ stage: Stage) async throws {
        let before = stage.log.pushes
        let connection = try RawConnection(stage.url)
        try await connection.send(bytes)
        if item.halfCloses { connection.finishSending() }
        try await connection.wait { !$0.statuses.isEmpty }
        // What else may come, comes at once.
        try await connection.waitForEnd(.milliseconds(100))
        let statuses = connection.statuses
        #expect(
            item.allows(status: statuses.first, isClosed: connection.isClosed),
            "\(item.id): \(statuses) is not among \(item.allowed)"
        )
        #expect(statuses.allSatisfy { $0 < 500 }, "\(item.id): \(statuses)")
        // Each of these requests that is handled leaves a line; `GET /smuggled` leaves none, and is 404.
        #expect(stage.log.pushes - before <= item.mostHandled, "\(item.id)")
        #expect(statuses.dropFirst().allSatisfy { $0 >= 400 }, "\(item.id): \(statuses)")
        #expect(try await stage.get("/health").status == 200, "\(item.id)")
    }
}
