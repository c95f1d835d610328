import HTTPTransport
import LosslessJSON
import TestSupport
import Testing

@testable import GoogleCloud
@testable import GoogleCredentials

private let tokenPath = "/token"
/// 1,700,000,000 is 2023-11-14T22:13:20Z, where the manual clock starts.
private let date = ("Date", "Tue, 14 Nov 2023 22:13:20 GMT")

private func impersonated(
    _ reply: @escaping @Sendable () -> ScriptedServer.Reply
) -> @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply {
    { $0.target == tokenPath ? granted("source-token") : reply() }
}

private func generated(_ token: String, until end: String) -> ScriptedServer.Reply {
    .answer(200, headers: [date], body: #"{"accessToken":"\#(token)","expireTime":"\#(end)"}"#)
}

@Suite("Tokens of an impersonated service account")
struct ImpersonationTests {
    private func name(_ desk: Desk) -> String { "service account \(Sample.target): 127.0.0.1:\(desk.server.port)" }

    @Test func `a missing permission and a disabled API say what to do`() async throws {
        let denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
        for (reply, what) in [
            (
                googleError(403, "PERMISSION_DENIED", denied, reason: "IAM_PERMISSION_DENIED"),
                "\(denied) [reason IAM_PERMISSION_DENIED, domain googleapis.com] "
                    + "(is roles/iam.serviceAccountTokenCreator granted on it?)"
            ),
            (
                googleError(403, "PERMISSION_DENIED", "Disabled.", reason: "SERVICE_DISABLED"),
                "Disabled. [reason SERVICE_DISABLED, domain googleapis.com] (enable iamcredentials.googleapis.com)"
            ),
            (googleError(404, "NOT_FOUND", "Not found."), "Not found."),
            (googleError(401, "UNAUTHENTICATED", "Bad: source-token."), "HTTP 401"),
            (
                .answer(401, body: #"{"error":{"code":401,"message":"Bad.","details":[{"a":"source-token"}]}}"#),
                "HTTP 401"
            ),
        ] {
            try await atDesk(impersonated { reply }) { desk in
                let error = try await desk.failure(
                    Sample.impersonated(desk.server.url, by: Sample.user(desk.server.url))
                )
                #expect(error == .refused("\(name(desk)): \(what)"))
            }
        }
    }

    @Test func `a quota that is used up and an outage pass`() async throws {
        for (reply, what) in [
            (
                googleError(403, "PERMISSION_DENIED", "Slow.", reason: "RATE_LIMIT_EXCEEDED"),
                "Slow. [reason RATE_LIMIT_EXCEEDED, domain googleapis.com]"
            ),
            (googleError(429, "RESOURCE_EXHAUSTED", "Slow."), "Slow."),
            (googleError(503, "UNAVAILABLE", "Slow."), "Slow."),
        ] {
            try await atDesk(impersonated { reply }) { desk in
                let error = try await desk.failure(
                    Sample.impersonated(desk.server.url, by: Sample.user(desk.server.url))
                )
                #expect(error == .unavailable("\(name(desk)): \(what)"))
                #expect(desk.time.sleeps.count == 2)
            }
        }
    }

    @Test(arguments: ["{}", #"{"accessToken":"a b","expireTime":"2023-11-14T23:13:20Z"}"#, #"{"accessToken":"a"}"#])
    func `an answer that is no token is not one`(body: String) async throws {
        try await atDesk(impersonated { .answer(200, body: body) }) { desk in
            let error = try await desk.failure(Sample.impersonated(desk.server.url, by: Sample.user(desk.server.url)))
            #expect(error == .unavailable("\(name(desk)): not an access token"))
        }
    }

    @Test func `a source that is refused is named`() async throws {
        try await atDesk({ _ in oauthError(400, "invalid_grant") }) { desk in
            let error = try await desk.failure(Sample.impersonated(desk.server.url, by: Sample.user(desk.server.url)))
            guard case .refused(let text) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.hasPrefix("user credentials: 127.0.0.1:\(desk.server.port): invalid_grant ("))
        }
    }

    @Test func `every other kind can be the source`() async throws {
        try await atDesk({ request in
            request.target.hasSuffix("/token") ? granted("source-token") : generated("t", until: "2023-11-14T23:13:20Z")
        }) { desk in
            desk.files.write("/t", "subject")
            let url = desk.server.url
            let sources = [
                (Sample.user(url), "user credentials"),
                (try Sample.serviceAccount(url), "service account \(Sample.account)"),
                (Sample.external(url, source: #"{"file":"/t"}"#), "workload identity \(Sample.audience)"),
            ]
            for (source, summary) in sources {
                desk.files.write(Desk.path, Sample.impersonated(url, by: source))
                let found = try await desk.find()
                #expect(
                    found.description
                        == "GOOGLE_APPLICATION_CREDENTIALS (service account \(Sample.target), impersonated by \(summary))"
                )
                #expect(try await found.source.token().value == "t")
            }
        }
    }

    @Test func `the call carries the source's token, the scope, the delegates and an hour`() async throws {
        try await atDesk(impersonated { generated("t", until: "2023-11-14T23:13:20Z") }) { desk in
            let delegates = #"["projects/-/serviceAccounts/a@b.c","projects/-/serviceAccounts/d@e.f"]"#
            desk.files.write(
                Desk.path,
                Sample.impersonated(
                    desk.server.url,
                    by: Sample.user(desk.server.url, ["quota_project_id": Sample.text("source-pays")]),
                    ["delegates": delegates, "quota_project_id": Sample.text("target-pays")]
                )
            )
            let token = try await desk.find().source.token()
            #expect(token.value == "t")
            #expect(token.quotaProject == ProjectID("target-pays"))
            let call = try #require(desk.server.requests.last)
            #expect(call.method == "POST")
            #expect(call.target == "/v1/projects/-/serviceAccounts/\(Sample.target):generateAccessToken")
            #expect(call.header("authorization") == "Bearer source-token")
            #expect(call.header("x-goog-user-project") == "source-pays")
            #expect(call.header("content-type") == "application/json")
            #expect(
                call.text
                    == #"{"delegates":\#(delegates),"scope":["https://www.googleapis.com/auth/cloud-platform"],"#
                    + #""lifetime":"3600s"}"#
            )
        }
    }

    @Test func `the token's end is counted by Google's clock`() async throws {
        try await atDesk(impersonated { generated("t", until: "2023-11-14T22:23:20Z") }) { desk in
            // This machine's clock is a day ahead; by it the token would have ended long ago.
            desk.time.advance(.seconds(86_400))
            desk.files.write(Desk.path, Sample.impersonated(desk.server.url, by: Sample.user(desk.server.url)))
            let source = try await desk.find().source
            _ = try await source.token()
            desk.time.advance(.seconds(300))
            _ = try await source.token()
            #expect(desk.server.requests.count == 2)
            desk.time.advance(.seconds(290))
            _ = try await source.token()
            #expect(desk.server.requests.count == 4)
        }
    }
}
