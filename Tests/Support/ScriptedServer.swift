internal import Dispatch
internal import Glibc
internal import Synchronization

/// A scripted HTTP/1.1 server on 127.0.0.1 whose answers may be as broken as a test wants them.
///
/// One thread serves all connections, so answers come in the order of the requests.
package final class ScriptedServer: Sendable {
    /// A request as it arrived.
    package struct Request: Sendable {
        package var method: String
        package var target: String
        /// Names in lower case.
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]
        /// The number of the connection that it came by, from 1.
        package var connection: Int

        package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What the server does with a request.
    package enum Reply: Sendable {
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

    package let port: UInt16
    /// Every request as it arrives.
    package let arrivals: AsyncStream<Request>

    private let log = Mutex(Log())
    /// A pipe's end whose closing is the signal to stop.
    private let stopEnd: Int32

    package var url: String { "http://127.0.0.1:\(port)" }
    package var requests: [Request] { log.withLock { $0.requests } }
    /// How many connections were made so far.
    package var connections: Int { log.withLock { $0.connections } }

    package init(_ reply: @escaping @Sendable (Request) -> Reply) throws {
        let listener = try Listener()
        port = listener.port
        var pipeEnds: [Int32] = [0, 0]
        // The array outlives the call, which fills it.
        guard unsafe pipe(&pipeEnds) == 0 else { throw SocketFault(number: errno) }
        stopEnd = pipeEnds[1]
        let stopSignal = pipeEnds[0]
        let (arrivals, continuation) = AsyncStream.makeStream(of: Request.self)
        self.arrivals = arrivals
        DispatchQueue(label: "scripted-server").async { [self] in
            Connections(listener: listener.descriptor, stopSignal: stopSignal).serve { request in
                log.withLock { $0.requests.append(request) }
                continuation.yield(request)
                return reply(request)
            } onConnect: {
                log.withLock { $0.connections += 1 }
            }
            continuation.finish()
        }
    }

    /// Ends the thread, which closes everything; once.
    package func stop() {
        close(stopEnd)
    }
}

/// Runs the body with a server that ends with it.
package func withServer<Value>(
    _ reply: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply,
    _ body: (ScriptedServer) async throws -> Value
) async throws -> Value {
    let server = try ScriptedServer(reply)
    defer { server.stop() }
    return try await body(server)
}

/// Runs the body with a server that gives these answers in turn, the last one for ever.
package func withServer<Value>(
    _ replies: [ScriptedServer.Reply],
    _ body: (ScriptedServer) async throws -> Value
) async throws -> Value {
    let turns = Turns(replies)
    return try await withServer({ _ in turns.next() }, body)
}
