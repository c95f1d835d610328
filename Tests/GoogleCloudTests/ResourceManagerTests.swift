import HTTPTransport
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud

private let date = [("Date", "Tue, 14 Nov 2023 22:13:21 GMT")]

@Suite struct ResourceManagerTests {
    @Test(arguments: [[], [("Date", "yesterday")], [("Date", "")]] as [[(String, String)]])
    func `a policy without a date that can be read is refused`(headers: [(String, String)]) async throws {
        let reply = ScriptedServer.Reply.answer(200, headers: headers, body: #"{"etag":"a"}"#)
        let expected = ResourceManagerError.unavailable(detail: "policy without a date", mayHaveBeenApplied: false)
        #expect(try await resourceManagerFailure(reply, isWrite: false) == expected)
    }

    @Test func `a policy comes with its bytes as they were and the server's time`() async throws {
        let policy = " {\"version\" : 3,\n\"etag\":\"BwWWja0YfJA=\", \"x\":1e400}\n"
        try await withCloud({ _ in .answer(200, headers: date, body: policy) }) { server, transport in
            let client = ResourceManager(baseURL: server.url, transport: transport, tokens: CountingTokens())
            let project = try #require(PolicyResource("projects/example.com:my-project"))
            let read = try await client.getIamPolicy(of: project, within: .seconds(30))
            #expect(read.bytes == Array(policy.utf8))
            #expect(read.date == Instant(seconds: 1_700_000_001))
            let request = try #require(server.requests.first)
            #expect(request.method == "POST")
            #expect(request.target == "/v3/projects/example.com%3Amy-project:getIamPolicy")
            #expect(request.text == #"{"options":{"requestedPolicyVersion":3}}"#)
            #expect(request.header("authorization") == "Bearer token-1")
            #expect(request.header("content-type") == "application/json")
            #expect(request.header("x-goog-request-reason") == nil)
        }
    }

    @Test func `a write carries its body and reason and brings the new etag`() async throws {
        let script = Turns<ScriptedServer.Reply>([.answer(200, body: #"{"etag":"BwX="}"#), .answer(200, body: "{}")])
        try await withCloud({ _ in script.next() }) { server, transport in
            let client = ResourceManager(baseURL: server.url, transport: transport, tokens: CountingTokens())
            let project = try #require(PolicyResource("projects/my-project"))
            let body = Array(#"{"policy":{"version":3}}"#.utf8)
            let etag = try await client.setIamPolicy(
                of: project,
                body: body,
                reason: "expired\r\nX-Evil: ü",
                within: .seconds(30)
            )
            #expect(etag == "BwX=")
            let none = try await client.setIamPolicy(of: project, body: body, reason: " ", within: .seconds(30))
            #expect(none == nil)
            let requests = server.requests
            #expect(requests[0].target == "/v3/projects/my-project:setIamPolicy")
            #expect(requests[0].body == body)
            #expect(requests[0].header("x-goog-request-reason") == "expired%0D%0AX-Evil: %C3%BC")
            #expect(requests[0].header("x-evil") == nil)
            #expect(requests[1].header("x-goog-request-reason") == nil)
        }
    }

    @Test func `a stale token is replaced once and the request sent again`() async throws {
        let script = Turns<ScriptedServer.Reply>([
            googleError(401, "UNAUTHENTICATED", "stale"), .answer(200, headers: date, body: "{}"),
        ])
        try await withCloud({ _ in script.next() }) { server, transport in
            let tokens = CountingTokens()
            let client = ResourceManager(baseURL: server.url, transport: transport, tokens: tokens)
            let project = try #require(PolicyResource("projects/my-project"))
            _ = try await client.getIamPolicy(of: project, within: .seconds(30))
            #expect(server.requests.map { $0.header("authorization") } == ["Bearer token-1", "Bearer token-2"])
            #expect(server.requests[0].body == server.requests[1].body)
            #expect(await tokens.invalidated == ["token-1"])
        }
    }

    @Test func `a second refusal of the token is final`() async throws {
        let reply = googleError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        try await withCloud({ _ in reply }) { server, transport in
            let client = ResourceManager(baseURL: server.url, transport: transport, tokens: CountingTokens())
            let project = try #require(PolicyResource("projects/my-project"))
            let expected = ResourceManagerError.credentials(detail: "Request had invalid authentication credentials.")
            await #expect(throws: expected) {
                try await client.getIamPolicy(of: project, within: .seconds(30))
            }
            #expect(server.requests.count == 2)
        }
    }

    @Test func `without a token nothing is sent`() async throws {
        try await withCloud({ _ in .answer(404) }) { server, transport in
            let tokens = MetadataServer(baseURL: server.url, transport: transport, time: ManualTime().source)
            let source = CachedTokenSource(tokens, time: ManualTime().source)
            let client = ResourceManager(baseURL: server.url, transport: transport, tokens: source)
            let project = try #require(PolicyResource("projects/my-project"))
            await #expect(throws: ResourceManagerError.credentials(detail: "metadata server: HTTP 404")) {
                try await client.getIamPolicy(of: project, within: .seconds(30))
            }
            #expect(server.requests.allSatisfy { $0.method == "GET" })
        }
    }
}
