internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

#if canImport(Glibc)
    internal import Glibc
#endif

/// What stands behind a ``LoopbackServer``.
protocol LoopbackService: Sendable {
    /// Looks at a request's head, before its body is read; the fault that strikes it, if any.
    func admit(_ head: RequestHead) async -> Fault?
    /// Answers a request; nil ends the connection without an answer.
    func answer(_ head: RequestHead, body: [UInt8], fault: Fault?) async -> LocalReply
}

/// An HTTP/1.1 server on 127.0.0.1.
struct LoopbackServer: Sendable {
    /// The largest request body, above what any real caller sends.
    static let maximumBodyBytes = 32 << 20

    let service: any LoopbackService

    /// Serves until the task is cancelled.
    ///
    /// - Parameters:
    ///   - port: The port to listen on; 0 for any that is free.
    ///   - onRunning: Is told the port once it listens.
    /// - Throws: The socket's error, if it cannot listen.
    func run(port: Int, onRunning: @escaping @Sendable (Int) -> Void) async throws {
        let server = try HTTPServerBuilder.http1().buildServer(
            configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "local-cloud", factory: { _ in SwiftLogNoOpLogHandler() }),
            responder: { request, writer, channel in
                try await Self.respond(to: request, writer, channel, service)
            },
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onRunning(port) }
            }
        )
        try await server.run()
    }

    @concurrent
    private static func respond(
        to request: Request,
        _ writer: consuming ResponseWriter,
        _ channel: any Channel,
        _ service: any LoopbackService
    ) async throws {
        let head = RequestHead(
            method: request.method.rawValue,
            path: request.uri.path,
            query: request.uri.query ?? "",
            // The library keeps the host apart from the other fields.
            headers: (request.head.authority.map { [("host", $0)] } ?? [])
                + request.headers.map { ($0.name.canonicalName, $0.value) }
        )
        let fault = await service.admit(head)
        if case .hang(let longest) = fault {
            // Ends early only with this cloud. The library's own wait for the client to leave
            // (consumeWithCancellationOnInboundClose) never ends once a body that nobody reads has come in five pieces.
            try? await Task.sleep(for: longest, clock: .continuous)
            return try await reset(channel)
        }
        guard let body = try? await request.body.collect(upTo: maximumBodyBytes) else {
            return try await writer.writeResponse(HTTPResponse(status: .contentTooLarge))
        }
        let reply = await service.answer(head, body: Array(body.readableBytesView), fault: fault)
        var fields = HTTPFields()
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        if reply.status != 204 { fields[.contentLength] = String(reply.body.count) }
        let response = HTTPResponse(status: .init(code: reply.status), headerFields: fields)
        switch reply.ending {
        case .whole:
            try await writer.write(response: response, body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
        case .cut(let afterBytes):
            var bodyWriter = try await writer.writeHead(response)
            try await bodyWriter.write(ByteBuffer(bytes: reply.body.prefix(afterBytes)))
            try await channel.close().get()
        case .reset:
            try await reset(channel)
        }
    }

    /// Closes a connection at once; unsent data is dropped and the client sees a reset.
    private static func reset(_ channel: any Channel) async throws {
        if let socket = channel as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await channel.close().get()
    }
}
