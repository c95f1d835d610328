internal import HTTPEdge
internal import Logging
internal import NIOHTTP1
internal import ServiceLifecycle

/// An HTTP/1.1 server on 127.0.0.1.
struct LoopbackServer: Sendable {
    /// The largest request body, above what any real caller sends.
    static let maximumBodyBytes = 32 << 20

    let service: LocalCloudService

    /// Serves until the task is cancelled.
    ///
    /// - Parameters:
    ///   - port: The port to listen on; 0 for any that is free.
    ///   - onRunning: Is told the port once it listens.
    /// - Throws: The socket's error, if it cannot listen.
    func run(port: Int, onRunning: @escaping @Sendable (Int) -> Void) async throws {
        let logger = Logger(label: "local-cloud", factory: { _ in SwiftLogNoOpLogHandler() })
        let edge = EdgeChannel(date: { nil }, respond: respond)
        try await edge.server("127.0.0.1", port: port, logger: logger, onListening: onRunning).run()
    }

    private func respond(to request: EdgeRequest) async -> EdgeResponse? {
        let target = request.head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let head = RequestHead(
            method: request.head.method.rawValue,
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            headers: request.head.headers.map { ($0.name.lowercased(), $0.value) }
        )
        let fault = await service.admit(head)
        if case .hang(let longest) = fault {
            // Ends early only with this cloud.
            try? await Task.sleep(for: longest, clock: .continuous)
            return nil
        }
        guard let body = try? await request.body.collect(upTo: Self.maximumBodyBytes) else {
            return EdgeResponse(status: .payloadTooLarge)
        }
        // Not on the event loop, which others share.
        let reply = await withTaskExecutorPreference(globalConcurrentExecutor) {
            await service.answer(head, body: body, fault: fault)
        }
        var response = EdgeResponse(
            status: HTTPResponseStatus(statusCode: reply.status),
            headers: HTTPHeaders(reply.headers.map { ($0.name, $0.value) }),
            body: reply.body
        )
        switch reply.ending {
        case .whole: return response
        case .reset: return nil
        case .cut(let afterBytes):
            response.headers.add(name: "Content-Length", value: String(reply.body.count))
            response.headers.add(name: "Connection", value: "close")
            response.body = Array(reply.body.prefix(afterBytes))
            return response
        }
    }
}
