package import HTTPEdge
internal import NIOHTTP1

/// The routes: `POST /push`, `GET /health`, and nothing else.
package struct PushResponder: Sendable {
    private let handler: PushHandler

    /// A responder in front of the given handler.
    package init(handler: PushHandler) {
        self.handler = handler
    }

    /// Answers a request.
    package func respond(to request: EdgeRequest) async -> EdgeResponse {
        // RFC 9110, 10.1.1: there is one expectation that can be met.
        for expectation in request.values("expect") where expectation.lowercased() != "100-continue" {
            return EdgeResponse(status: .expectationFailed)
        }
        let method = request.head.method
        let path = Self.path(request.head.uri)
        switch path {
        case "/push":
            guard method == .POST else { return EdgeResponse(status: .methodNotAllowed, headers: ["allow": "POST"]) }
            let outcome = await handler.answer(request)
            return EdgeResponse(status: outcome.status, headers: outcome.headers)
        case "/health":
            guard method == .GET || method == .HEAD else {
                return EdgeResponse(status: .methodNotAllowed, headers: ["allow": "GET, HEAD"])
            }
            return EdgeResponse(status: .ok)
        default:
            if method == .POST { await handler.logWrongPath(path, request) }
            return EdgeResponse(status: .notFound)
        }
    }

    /// The request target's path, of an absolute URI too (RFC 9112, 3.2): exactly as it was sent, never decoded or
    /// normalised.
    private static func path(_ target: String) -> Substring {
        var path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        if path.first != UInt8(ascii: "/") {
            // Behind `http://`; what else there is has not passed the edge's rules.
            path = path.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).drop { $0 != UInt8(ascii: "/") }
        }
        return Substring(path)
    }
}
