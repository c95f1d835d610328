package import NIOCore
package import NIOHTTP1
package import Timestamps

/// The HTTP edge: `POST /push`, `GET /health`, and nothing else.
package struct PushResponder: Sendable {
    private let handler: PushHandler
    private let date: DateField

    /// A responder in front of the given handler.
    ///
    /// - Parameters:
    ///   - handler: What answers pushes.
    ///   - time: The clock for the answers' `Date`.
    package init(handler: PushHandler, time: TimeSource) {
        self.handler = handler
        self.date = DateField(time)
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - channel: Its connection.
    /// - Returns: The answer, which has no body.
    package func respond(to request: IncomingRequest, on channel: any Channel) async -> HTTPResponseHead {
        let (status, headers) = await answer(request, channel)
        return head(status, headers)
    }

    /// The answer to what is no request.
    func refusal() -> HTTPResponseHead {
        head(.badRequest, [:])
    }

    private func head(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> HTTPResponseHead {
        var headers = headers
        if let date = date.value { headers.add(name: "date", value: date) }
        // RFC 9110, 8.6: an answer that can have no body says nothing of its length.
        if status != .noContent { headers.add(name: "content-length", value: "0") }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    private func answer(_ request: IncomingRequest, _ channel: any Channel) async -> (HTTPResponseStatus, HTTPHeaders) {
        // RFC 9110, 10.1.1: there is one expectation that can be met.
        for expectation in request.values("expect") where expectation.lowercased() != "100-continue" {
            return (.expectationFailed, [:])
        }
        let method = request.head.method
        switch Self.path(request.head.uri) {
        case "/push":
            guard method == .POST else { return (.methodNotAllowed, ["allow": "POST"]) }
            let outcome = await handler.answer(request, on: channel)
            return (outcome.status, outcome.headers)
        case "/health":
            guard method == .GET || method == .HEAD else { return (.methodNotAllowed, ["allow": "GET, HEAD"]) }
            return (.ok, [:])
        default:
            return (.notFound, [:])
        }
    }

    /// The request target's path, of an absolute URI too (RFC 9112, 3.2): exactly as it was sent, never decoded or
    /// normalised.
    private static func path(_ target: String) -> Substring {
        var path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        if path.first != UInt8(ascii: "/") {
            // Behind `http://`; what else there is has not passed the gate.
            path = path.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).drop { $0 != UInt8(ascii: "/") }
        }
        return Substring(path)
    }
}
