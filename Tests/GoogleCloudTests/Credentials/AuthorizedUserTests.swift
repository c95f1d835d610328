import HTTPTransport
import TestSupport
import Testing

@testable import GoogleCloud
@testable import GoogleCredentials

@Suite("Tokens of a user")
struct AuthorizedUserTests {
    @Test(arguments: [
        ("invalid_grant", "Token has been expired or revoked."),
        ("invalid_grant", "reauth related error (invalid_rapt)"),
    ])
    func `expired credentials say how to renew them`(code: String, description: String) async throws {
        try await atDesk({ _ in oauthError(400, code, description) }) { desk in
            let error = try await desk.failure(Sample.user(desk.server.url))
            let advice = "(expired or revoked: run gcloud auth application-default login)"
            #expect(
                error
                    == .refused(
                        "user credentials: 127.0.0.1:\(desk.server.port): \(code): \(description) \(advice)"
                    )
            )
        }
    }

    @Test(arguments: [Sample.refreshToken, Sample.clientSecret])
    func `an error that repeats a secret is not told`(secret: String) async throws {
        let filler = String(repeating: "x", count: ErrorEnvelope.maximumMessageBytes - 10)
        for reply in [
            oauthError(401, "invalid_client", "no: \(secret)"), oauthError(401, "invalid_client \(secret)"),
            .answer(401, body: #"{"error":{"code":401,"message":"no: \#(secret)"}}"#),
            // Where the message is cut, the beginning of the secret would be left.
            .answer(401, body: #"{"error":{"code":401,"message":"\#(filler)\#(secret)"}}"#),
            .answer(401, body: #"{"error":{"code":401,"message":"no","details":[{"a":{"b":["\#(secret)"]}}]}}"#),
            .answer(401, body: #"{"error":{"code":401,"message":"no","details":[{"\#(secret)":"a"}]}}"#),
        ] {
            try await atDesk({ _ in reply }) { desk in
                guard case .refused(let text) = try await desk.failure(Sample.user(desk.server.url)) else {
                    Issue.record("not refused")
                    return
                }
                #expect(!text.contains(secret.prefix(8)))
                #expect(text.hasPrefix("user credentials: 127.0.0.1:"))
            }
        }
    }

    @Test func `the refresh token is sent with the client's name and secret`() async throws {
        try await atDesk({ _ in granted("ya29.u") }) { desk in
            desk.files.write(Desk.path, Sample.user(desk.server.url))
            #expect(try await desk.find().source.token().value == "ya29.u")
            let request = try #require(desk.server.requests.first)
            #expect(request.target == "/token")
            #expect(
                try form(request) == [
                    "grant_type": "refresh_token", "client_id": "764086051850.apps",
                    "client_secret": Sample.clientSecret, "refresh_token": Sample.refreshToken,
                ]
            )
            // The slash must not be lost, nor end the parameter.
            #expect(request.text.contains("refresh_token=1%2F%2F0g-refresh-token-secret"))
        }
    }

    @Test func `the quota project goes along with each call, and the environment's before the file's`() async throws {
        try await atDesk({ request in
            request.target == "/token" ? granted("ya29.u") : .answer(200, headers: [], body: "{}")
        }) { desk in
            desk.files.write(Desk.path, Sample.user(desk.server.url, ["quota_project_id": Sample.text("pays-1")]))
            let project = try #require(PolicyResource("projects/my-project"))
            for environment in [[:], ["GOOGLE_CLOUD_QUOTA_PROJECT": "pays-2"]] {
                let source = try await desk.find(environment).source
                let manager = ResourceManager(baseURL: desk.server.url, transport: desk.transport, tokens: source)
                // Without a Date it is no policy; what was sent is what counts here.
                _ = try? await manager.getIamPolicy(of: project, within: .seconds(10))
            }
            let calls = desk.server.requests.filter { $0.target.hasPrefix("/v3/") }
            #expect(calls.map { $0.header("x-goog-user-project") } == ["pays-1", "pays-2"])
            #expect(calls.map { $0.header("authorization") } == ["Bearer ya29.u", "Bearer ya29.u"])
            let grants = desk.server.requests.filter { $0.target == "/token" }
            #expect(grants.map { $0.header("x-goog-user-project") } == [nil, nil])
        }
    }
}
