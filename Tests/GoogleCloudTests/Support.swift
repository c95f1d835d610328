import HTTPTransport
import TestSupport

/// Runs the body with a scripted server and a real transport to it.
func withCloud(
    _ reply: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply,
    _ body: (_ server: ScriptedServer, _ transport: CurlTransport) async throws -> Void
) async throws {
    try await withServer(reply) { server in try await withTransport { try await body(server, $0) } }
}

/// An error answer as Google's APIs write it.
func googleError(
    _ code: Int,
    _ status: String,
    _ message: String,
    reason: String? = nil,
    headers: [(String, String)] = []
) -> ScriptedServer.Reply {
    let details =
        reason.map {
            #","details":[{"@type":"type.googleapis.com/google.rpc.Help","links":[]},"#
                + #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"\#($0)","domain":"googleapis.com"}]"#
        } ?? ""
    let body = #"{"error":{"code":\#(code),"message":"\#(message)","status":"\#(status)"\#(details)}}"#
    return .answer(code, headers: headers + [("Content-Type", "application/json; charset=UTF-8")], body: body)
}
