internal import Cleanup
internal import HTTPTypes
package import Hummingbird
internal import NIOCore

/// The HTTP edge: `POST /push`, `GET /health`, and nothing else.
package struct PushResponder: HTTPResponder {
    package typealias Context = EdgeContext

    private let handler: PushHandler

    /// A responder in front of the given handler.
    package init(handler: PushHandler) {
        self.handler = handler
    }

    package func respond(to request: Request, context: EdgeContext) async throws -> Response {
        // RFC 9110, 10.1.1: there is one expectation that can be met.
        for expectation in request.headers[values: .expect] where expectation.lowercased() != "100-continue" {
            return Response(status: .expectationFailed)
        }
        switch Self.path(request) {
        case "/push":
            guard request.method == .post else { return Self.notAllowed("POST") }
            let answer = await handler.answer(request, to: PushSender(context.channel), on: context.channel)
            return Response(status: answer.status, headers: answer.headers)
        case "/health":
            guard request.method == .get || request.method == .head else { return Self.notAllowed("GET, HEAD") }
            return Response(status: .ok)
        default:
            return Response(status: .notFound)
        }
    }

    /// The request target's path: exactly as it was sent, never decoded or normalised.
    private static func path(_ request: Request) -> Substring {
        let target = request.head.path ?? ""
        return target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
    }

    private static func notAllowed(_ methods: String) -> Response {
        Response(status: .methodNotAllowed, headers: [.allow: methods])
    }
}

/// What Hummingbird hands to the responder beside the request: the connection.
package struct EdgeContext: InitializableFromSource {
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}
