import HTTPEdge
import HTTPTransport
import NIOCore
import Testing

@testable import PushEndpoint

@Suite("Raw requests whose answers are known to the last", .timeLimit(.minutes(5)))
struct EdgeVectorTests {
    private static let classes = (try? EdgeCase.load()) ?? []

    @Test func `there are more of each class than were laid down`() throws {
        let counts = Dictionary(uniqueKeysWithValues: Self.classes.map { ($0.name, $0.cases.count) })
        #expect(counts.count >= 16)
        #expect(counts.values.reduce(0, +) > 3 * 75 - 10)
    }

    @Test(arguments: classes.map(\.name))
    func `answers, in their order, and the connection's end`(name: String) async throws {
        var limits = EdgeLimits()
        limits.lingering = .milliseconds(500)
        try await onStage(edge: limits) { stage async throws in
            let token = try stage.token()
            for item in Self.classes.filter({ $0.name == name }).flatMap(\.cases) {
                let before = stage.log.lines(of: "message.ignored").count
                let connection = try RawConnection(stage.url)
                try await connection.send(item.bytes(token: token))
                if item.halfCloses { connection.finishSending() }
                if item.closes {
                    try await connection.waitForEnd()
                } else {
                    try await connection.wait { $0.statuses.count >= item.answers.count }
                    // What else may come, comes at once.
                    try await connection.waitForEnd(.milliseconds(60))
                }
                #expect(connection.statuses == item.answers, "\(item.id)")
                #expect(connection.isClosed == item.closes, "\(item.id)")
                let text = connection.text.lowercased()
                let dates = text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("date: ") }.count
                #expect(dates == connection.statuses.filter { $0 != 100 }.count, "\(item.id): each says when")
                if item.closes, !item.halfCloses {
                    #expect(text.contains("connection: close"), "\(item.id): it does not say that it closes")
                }
                #expect(stage.log.lines(of: "message.ignored").count - before == item.acknowledged, "\(item.id)")
            }
            #expect(try await stage.get("/health").status == 200)
        }
    }
}
