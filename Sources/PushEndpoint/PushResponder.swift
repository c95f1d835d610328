package import HTTPEdge
internal import NIOHTTP1

/// Routes `POST /push` and `GET /health` (or `HEAD`); any other path gets 404.
package struct PushResponder: Sendable {
    private let handler: PushHandler

    /// Creates a responder in front of the given handler.
    package init(handler: PushHandler) {
        self.handler = handler
    }

    /// Routes a request and returns the response.
    package func respond(to request: EdgeRequest) async -> EdgeResponse {
        // RFC 9110, 10.1.1: only `100-continue` is defined.
        for expectation in request.head.values("expect") where expectation.lowercased() != "100-continue" {
            return EdgeResponse(status: .expectationFailed)
        }
        let method = request.head.method
        let path = Self.path(request.head.uri)
        switch path {
        case "/push":
            guard method == .POST else { return EdgeResponse(status: .methodNotAllowed, headers: ["allow": "POST"]) }
            let outcome = await handler.handle(request)
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

    /// The path of the request target, including one in absolute form (RFC 9112, 3.2): exactly as sent, never decoded
    /// or normalized.
    private static func path(_ target: String) -> Substring {
        var path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        if path.first != UInt8(ascii: "/") {
            // Skips the scheme and authority; the edge's rules have rejected all other forms.
            path = path.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).drop { $0 != UInt8(ascii: "/") }
        }
        return Substring(path)
    }
}
