import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud

private let flavor = [("Metadata-Flavor", "Google")]

private func tokenAnswer(_ token: String, expiresIn seconds: Int = 3599) -> ScriptedServer.Reply {
    .answer(
        200,
        headers: flavor,
        body: #"{"access_token":"\#(token)","expires_in":\#(seconds),"token_type":"Bearer"}"#
    )
}

private func metadataServer(_ url: String, _ transport: any Transport, _ time: TimeSource) -> MetadataServer {
    MetadataServer(baseURL: url, transport: transport, time: time)
}

/// The machine's own tokens, as the service has them.
private func cachedTokens(_ url: String, _ transport: any Transport, _ time: TimeSource) -> CachedTokenSource {
    CachedTokenSource(metadataServer(url, transport, time), time: time)
}

private func expectToken(
    _ value: String,
    from source: CachedTokenSource,
    at location: SourceLocation = #_sourceLocation
) async throws {
    let token = try await source.token()
    #expect(token.value == value, sourceLocation: location)
}

@Suite("Tokens and project of the metadata server") struct MetadataServerTests {
    @Test(arguments: [
        "", "{}", "ya29.token", #"{"access_token":"a","expires_in":3599,"token_type":"Bearer""#,
        #"{"access_token":"","expires_in":3599,"token_type":"Bearer"}"#,
        #"{"access_token":"a b","expires_in":3599,"token_type":"Bearer"}"#,
        #"{"access_token":"a\r\nX: y","expires_in":3599,"token_type":"Bearer"}"#,
        #"{"access_token":"ä","expires_in":3599,"token_type":"Bearer"}"#,
        #"{"access_token":7,"expires_in":3599,"token_type":"Bearer"}"#,
        #"{"access_token":"a","expires_in":"3599","token_type":"Bearer"}"#,
        #"{"access_token":"a","expires_in":-1,"token_type":"Bearer"}"#,
        #"{"access_token":"a","expires_in":1.5,"token_type":"Bearer"}"#,
        #"{"access_token":"a","token_type":"Bearer"}"#, #"{"access_token":"a","expires_in":3599}"#,
        #"{"access_token":"a","expires_in":3599,"token_type":"Basic"}"#,
        #"{"access_token":"a","access_token":"b","expires_in":3599,"token_type":"Bearer"}"#,
        "{\"access_token\":\"\(String(repeating: "a", count: 8193))\",\"expires_in\":1,\"token_type\":\"Bearer\"}",
    ])
    func `an answer that is no token is refused`(body: String) async throws {
        try await withCloud({ _ in .answer(200, headers: flavor, body: body) }) { server, transport in
            let source = cachedTokens(server.url, transport, ManualTime().source)
            await #expect(throws: AccessTokenError.unavailable("metadata server: not an access token")) {
                try await source.token()
            }
        }
    }

    @Test func `an answer without Google's flavour is refused`() async throws {
        let imposter = #"{"access_token":"a","expires_in":3599,"token_type":"Bearer"}"#
        try await withCloud({ _ in .answer(200, body: imposter) }) { server, transport in
            let metadata = metadataServer(server.url, transport, ManualTime().source)
            let expected = AccessTokenError.refused("metadata server: answer of something else (no Metadata-Flavor)")
            await #expect(throws: expected) { try await metadata.issue() }
            await #expect(throws: expected) { try await metadata.projectID() }
        }
    }

    @Test(arguments: [400, 403, 404, 302])
    func `a refusal is not tried again`(status: Int) async throws {
        try await withCloud({ _ in .answer(status, headers: flavor) }) { server, transport in
            let source = cachedTokens(server.url, transport, ManualTime().source)
            await #expect(throws: AccessTokenError.refused("metadata server: HTTP \(status)")) {
                try await source.token()
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [408, 429, 500, 503, 504])
    func `a passing failure is tried three times with growing waits`(status: Int) async throws {
        try await withCloud({ _ in .answer(status, headers: flavor) }) { server, transport in
            let time = ManualTime()
            let source = cachedTokens(server.url, transport, time.source)
            await #expect(throws: AccessTokenError.unavailable("metadata server: HTTP \(status)")) {
                try await source.token()
            }
            #expect(server.requests.count == MetadataServer.tries)
            #expect(time.sleeps == [.seconds(1), .seconds(2)])
        }
    }

    @Test func `a server that cannot be reached is tried three times`() async throws {
        try await withCloud({ _ in .hang }) { _, transport in
            let unused = try Listener(listens: false)
            let time = ManualTime()
            let source = cachedTokens("http://127.0.0.1:\(unused.port)", transport, time.source)
            await #expect(throws: AccessTokenError.self) { try await source.token() }
            #expect(time.sleeps.count == 2)
        }
    }

    @Test func `a failure that passes costs one wait`() async throws {
        let script = Turns<ScriptedServer.Reply>([.reset, .answer(503), tokenAnswer("a")])
        try await withCloud({ _ in script.next() }) { server, transport in
            let time = ManualTime()
            let source = cachedTokens(server.url, transport, time.source)
            try await expectToken("a", from: source)
            #expect(time.sleeps == [.seconds(1), .seconds(2)])
            let request = try #require(server.requests.first)
            #expect(request.method == "GET")
            #expect(request.target == "/computeMetadata/v1/instance/service-accounts/default/token")
            #expect(request.header("metadata-flavor") == "Google")
        }
    }

    @Test func `a token is kept until 225 seconds of its life remain`() async throws {
        let script = Turns<ScriptedServer.Reply>([tokenAnswer("a", expiresIn: 3600), tokenAnswer("b", expiresIn: 3600)])
        try await withCloud({ _ in script.next() }) { server, transport in
            let time = ManualTime()
            let source = cachedTokens(server.url, transport, time.source)
            try await expectToken("a", from: source)
            time.advance(.seconds(3600 - 225))
            try await expectToken("a", from: source)
            #expect(server.requests.count == 1)
            time.advance(.milliseconds(1))
            // Nobody waits for the renewal while the old token is good.
            try await expectToken("a", from: source)
            try await waitUntil { try await source.token().value == "b" }
        }
    }

    @Test func `many who ask at once cause one fetch`() async throws {
        try await withCloud({ _ in tokenAnswer("a") }) { server, transport in
            let source = cachedTokens(server.url, transport, ManualTime().source)
            let tokens = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<100 { group.addTask { try? await source.token().value } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(tokens == [String?](repeating: "a", count: 100))
            #expect(server.requests.count == 1)
        }
    }

    @Test func `one who gives up does not spoil it for the others`() async throws {
        let script = Turns<ScriptedServer.Reply>([.answer(503), tokenAnswer("a")])
        try await withCloud({ _ in script.next() }) { server, transport in
            let source = cachedTokens(server.url, transport, ManualTime().source)
            let first = Task { try await source.token() }
            let second = Task { try await source.token() }
            first.cancel()
            let token = try await second.value
            #expect(token.value == "a")
            _ = await first.result
        }
    }

    @Test func `while the server fails the old token does until its end is near`() async throws {
        let script = Turns<ScriptedServer.Reply>([tokenAnswer("a", expiresIn: 1000), .answer(404)])
        try await withCloud({ _ in script.next() }) { server, transport in
            let time = ManualTime()
            let source = cachedTokens(server.url, transport, time.source)
            try await expectToken("a", from: source)
            time.advance(.seconds(800))
            try await expectToken("a", from: source)
            try await waitUntil { server.requests.count == 2 }
            // Not asked for again at once.
            try await expectToken("a", from: source)
            #expect(server.requests.count == 2)
            time.advance(CachedTokenSource.refreshInterval)
            // Asked again and again, since the fetch before may not be over yet.
            try await waitUntil {
                try await expectToken("a", from: source)
                return server.requests.count == 3
            }
            time.advance(.seconds(1000 - 810 - 10) - .milliseconds(1))
            try await expectToken("a", from: source)
            time.advance(.milliseconds(1))
            await #expect(throws: AccessTokenError.refused("metadata server: HTTP 404")) { try await source.token() }
        }
    }

    @Test func `a refused token is fetched anew unless it was replaced already`() async throws {
        let script = Turns<ScriptedServer.Reply>([tokenAnswer("a"), tokenAnswer("b"), tokenAnswer("c")])
        try await withCloud({ _ in script.next() }) { server, transport in
            let source = cachedTokens(server.url, transport, ManualTime().source)
            let first = try await source.token()
            await source.invalidate(first)
            let second = try await source.token()
            #expect(second.value == "b")
            await source.invalidate(first)
            try await expectToken("b", from: source)
            #expect(server.requests.count == 2)
        }
    }

    @Test func `the project comes from the same server`() async throws {
        let script = Turns<ScriptedServer.Reply>([
            .answer(200, headers: flavor, body: "my-project"), .answer(200, headers: flavor, body: "../x"),
        ])
        try await withCloud({ _ in script.next() }) { server, transport in
            let metadata = metadataServer(server.url, transport, ManualTime().source)
            let project = try await metadata.projectID()
            #expect(project == ProjectID("my-project"))
            await #expect(throws: AccessTokenError.unavailable("metadata server: not a project ID")) {
                try await metadata.projectID()
            }
            #expect(
                server.requests.map(\.target) == [
                    "/computeMetadata/v1/project/project-id", "/computeMetadata/v1/project/project-id",
                ]
            )
        }
    }

    @Test func `a token does not show in a description`() throws {
        let token = try #require(AccessToken("ya29.secret"))
        #expect("\(token)" == "AccessToken(11 bytes)")
        #expect(AccessToken(String(repeating: "a", count: AccessToken.maximumBytes)) != nil)
        #expect(AccessToken(String(repeating: "a", count: AccessToken.maximumBytes + 1)) == nil)
    }
}
