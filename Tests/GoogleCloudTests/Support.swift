import HTTPTransport
import Synchronization
import Testing
import Timestamps

@testable import GoogleCloud

/// Runs the body with a scripted server and a real transport to it.
func withCloud(
    _ reply: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Reply,
    _ body: (_ server: LoopbackServer, _ transport: CurlTransport) async throws -> Void
) async throws {
    try await withServer(reply) { server in
        let transport = try CurlTransport(CurlSettings(userAgent: "jitcleanup/test"))
        do {
            try await body(server, transport)
            await transport.stop()
        } catch {
            await transport.stop()
            throw error
        }
    }
}

/// Clocks that move only when told to, or when somebody sleeps.
final class ManualTime: Sendable {
    private struct State {
        var uptime: Duration = .zero
        var sleeps: [Duration] = []
    }

    /// Where the wall clock starts.
    static let start = Instant(seconds: 1_700_000_000)

    private let state = Mutex(State())

    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    func advance(_ duration: Duration) {
        state.withLock { $0.uptime += duration }
    }

    var source: TimeSource {
        TimeSource(
            now: { Self.start.adding(seconds: self.state.withLock { $0.uptime }.components.seconds) },
            uptime: { self.state.withLock { $0.uptime } },
            sleep: { duration in
                self.state.withLock {
                    $0.sleeps.append(duration)
                    $0.uptime += duration
                }
            }
        )
    }
}

/// Tokens `token-1`, `token-2`, …: a new one after each invalidation.
actor CountingTokens: AccessTokenSource {
    private(set) var invalidated: [String] = []

    func token() async throws(AccessTokenError) -> AccessToken {
        guard let token = AccessToken("token-\(invalidated.count + 1)") else { throw .refused("malformed") }
        return token
    }

    func invalidate(_ token: AccessToken) {
        invalidated.append(token.value)
    }
}

/// The answers in order, then nothing.
final class Script: Sendable {
    private let replies: Mutex<[LoopbackServer.Reply]>

    init(_ replies: [LoopbackServer.Reply]) {
        self.replies = Mutex(replies)
    }

    func next(_ request: LoopbackServer.Request) -> LoopbackServer.Reply {
        replies.withLock { $0.isEmpty ? .hang : $0.removeFirst() }
    }
}

/// An error answer as Google's APIs write it.
func googleError(
    _ code: Int,
    _ status: String,
    _ message: String,
    reason: String? = nil,
    headers: [(String, String)] = []
) -> LoopbackServer.Reply {
    let details =
        reason.map {
            #","details":[{"@type":"type.googleapis.com/google.rpc.Help","links":[]},"#
                + #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"\#($0)","domain":"googleapis.com"}]"#
        } ?? ""
    let body = #"{"error":{"code":\#(code),"message":"\#(message)","status":"\#(status)"\#(details)}}"#
    return .answer(code, headers: headers + [("Content-Type", "application/json; charset=UTF-8")], body: body)
}
