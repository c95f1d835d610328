import Glibc
import Synchronization
import Testing

@testable import HTTPTransport

/// A scripted HTTP/1.1 server on 127.0.0.1 whose answers may be as broken as a test wants them.
///
/// One thread serves all connections, so answers come in the order of the requests.
final class LoopbackServer: Sendable {
    /// A request as it arrived.
    struct Request: Sendable {
        var method: String
        var target: String
        /// Names in lower case.
        var headers: [(name: String, value: String)]
        var body: [UInt8]
        /// The number of the connection that it came by, from 1.
        var connection: Int

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What the server does with a request.
    enum Reply: Sendable {
        /// A well-formed answer.
        case answer(Int, headers: [(String, String)] = [], body: String = "")
        /// These bytes, and the connection stays open.
        case raw(String)
        /// These bytes, and the connection is closed.
        case cut(String)
        /// The connection is reset.
        case reset
        /// Nothing at all.
        case hang
    }

    private struct Log {
        var requests: [Request] = []
        var connections = 0
    }

    let port: UInt16
    /// Every request as it arrives.
    let arrivals: AsyncStream<Request>

    private let log = Mutex(Log())
    /// A pipe's end whose closing is the signal to stop.
    private let stopEnd: Int32

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { log.withLock { $0.requests } }
    /// How many connections were made so far.
    var connections: Int { log.withLock { $0.connections } }

    init(_ reply: @escaping @Sendable (Request) -> Reply) throws {
        let listener = try Listener()
        port = listener.port
        var pipeEnds: [Int32] = [0, 0]
        // The array outlives the call, which fills it.
        try #require(unsafe pipe(&pipeEnds) == 0)
        stopEnd = pipeEnds[1]
        let stopSignal = pipeEnds[0]
        let (arrivals, continuation) = AsyncStream.makeStream(of: Request.self)
        self.arrivals = arrivals
        let isStarted = startThread(named: "test-server") { [self] in
            Connections(listener: listener.descriptor, stopSignal: stopSignal).serve { request in
                log.withLock { $0.requests.append(request) }
                continuation.yield(request)
                return reply(request)
            } onConnect: {
                log.withLock { $0.connections += 1 }
            }
            continuation.finish()
        }
        try #require(isStarted)
    }

    /// Ends the thread, which closes everything; once.
    func stop() {
        close(stopEnd)
    }
}

/// Runs the body with a server that ends with it.
func withServer<Value>(
    _ reply: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply,
    _ body: (LoopbackServer) async throws -> Value
) async throws -> Value {
    let server = try LoopbackServer(reply)
    defer { server.stop() }
    return try await body(server)
}
