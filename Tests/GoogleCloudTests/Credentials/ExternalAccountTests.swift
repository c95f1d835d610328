import HTTPTransport
import TestSupport
import Testing

@testable import GoogleCloud
@testable import GoogleCredentials

@Suite("Tokens of a workload identity")
struct ExternalAccountTests {
    @Test func `a subject token that is not there is said so, without its content`() async throws {
        try await atDesk({ _ in granted("a") }) { desk in
            let text = Sample.external(desk.server.url, source: #"{"file":"/t"}"#)
            let json = Sample.external(
                desk.server.url,
                source: #"{"file":"/t","format":{"type":"json","subject_token_field_name":"id_token"}}"#
            )
            var error = try await desk.failure(text)
            #expect(error == .unavailable("workload identity: /t: no such file"))
            desk.files.fail("/t", .denied)
            error = try await desk.failure(text)
            #expect(error == .unavailable("workload identity: /t: permission denied"))
            desk.files.write("/t", " \n")
            error = try await desk.failure(text)
            #expect(error == .unavailable("workload identity: /t: no subject token in it"))
            for content in ["", "secret", "{}", #"{"id_token":""}"#, #"{"id_token":7}"#, #"{"token":"secret"}"#] {
                desk.files.write("/t", content)
                error = try await desk.failure(json)
                #expect(error == .unavailable("workload identity: /t: no subject token in its JSON field id_token"))
            }
            #expect(desk.server.requests.isEmpty)
        }
    }

    @Test func `a source of subject tokens that answers otherwise is named, without its answer`() async throws {
        for (reply, isPassing) in [
            (ScriptedServer.Reply.answer(403, body: "secret"), false), (.answer(500, body: "secret"), true),
        ] {
            try await atDesk({ _ in reply }) { desk in
                let error = try await desk.failure(
                    Sample.external(desk.server.url, source: #"{"url":"\#(desk.server.url)/subject?a=secret"}"#)
                )
                let name = "workload identity: 127.0.0.1:\(desk.server.port)"
                #expect(
                    error
                        == (isPassing
                            ? .unavailable("\(name): HTTP 500 for the subject token")
                            : .refused("\(name): HTTP 403 for the subject token"))
                )
            }
        }
    }

    @Test(arguments: [
        ("invalid_grant", " (does the subject token fit the provider, and is it still good?)"),
        ("invalid_target", " (is the audience that of an existing provider?)"), ("unsupported_token_type", ""),
    ])
    func `a refused exchange says why, and never the subject token`(code: String, advice: String) async throws {
        try await atDesk({ _ in oauthError(400, code, "The subject is wrong.") }) { desk in
            desk.files.write("/t", "subject-secret")
            let error = try await desk.failure(Sample.external(desk.server.url, source: #"{"file":"/t"}"#))
            let name = "workload identity: 127.0.0.1:\(desk.server.port)"
            #expect(error == .refused("\(name): \(code): The subject is wrong.\(advice)"))
        }
        try await atDesk({ _ in oauthError(400, code, "Bad: subject-secret") }) { desk in
            desk.files.write("/t", "subject-secret")
            let error = try await desk.failure(Sample.external(desk.server.url, source: #"{"file":"/t"}"#))
            #expect(error == .refused("workload identity: 127.0.0.1:\(desk.server.port): \(code)\(advice)"))
        }
    }

    @Test func `the exchange has the subject token, its type and the provider`() async throws {
        try await atDesk({ _ in granted("ya29.d.federated") }) { desk in
            desk.files.write("/t", "subject.token\n")
            desk.files.write(Desk.path, Sample.external(desk.server.url, source: #"{"file":"/t"}"#))
            let found = try await desk.find()
            #expect(found.description == "GOOGLE_APPLICATION_CREDENTIALS (workload identity \(Sample.audience))")
            #expect(try await found.source.token().value == "ya29.d.federated")
            let request = try #require(desk.server.requests.first)
            #expect(request.target == "/v1/token")
            #expect(
                try form(request) == [
                    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": Sample.audience,
                    "scope": "https://www.googleapis.com/auth/cloud-platform",
                    "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
                    "subject_token": "subject.token", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                ]
            )
        }
    }

    @Test func `the subject token is read anew for each exchange`() async throws {
        try await atDesk({ _ in granted("a", expiresIn: 5) }) { desk in
            desk.files.write(
                Desk.path,
                Sample.external(
                    desk.server.url,
                    source: #"{"file":"/t","format":{"type":"json","subject_token_field_name":"id_token"}}"#
                )
            )
            let source = try await desk.find().source
            for token in ["first", "second"] {
                desk.files.write("/t", #"{"id_token":"\#(token)"}"#)
                _ = try await source.token()
            }
            let sent = try desk.server.requests.map { try form($0)["subject_token"] }
            #expect(sent == ["first", "second"])
        }
    }

    @Test func `a subject token comes from a URL with its headers, then a service account is impersonated`()
        async throws
    {
        try await atDesk({ request in
            switch request.target {
            case "/subject?audience=x": .answer(200, body: #"{"value":"subject"}"#)
            case "/v1/token": granted("federated")
            default: .answer(200, body: #"{"accessToken":"t","expireTime":"2023-11-15T10:13:20Z"}"#)
            }
        }) { desk in
            let url = desk.server.url
            let headers = #"{"Authorization":"bearer request-secret","Metadata":"True"}"#
            let source =
                #"{"url":"\#(url)/subject?audience=x","headers":\#(headers),"#
                + #""format":{"type":"json","subject_token_field_name":"value"}}"#
            desk.files.write(
                Desk.path,
                Sample.external(
                    url,
                    source: source,
                    [
                        "service_account_impersonation_url": Sample.text(Sample.impersonationURL(url)),
                        "service_account_impersonation": #"{"token_lifetime_seconds":43200}"#,
                    ]
                )
            )
            let found = try await desk.find()
            let summary = "service account \(Sample.target), impersonated by \(Sample.audience)"
            #expect(found.description == "GOOGLE_APPLICATION_CREDENTIALS (\(summary))")
            #expect(try await found.source.token().value == "t")
            let requests = desk.server.requests
            try #require(requests.count == 3)
            #expect(requests[0].method == "GET")
            #expect(requests[0].header("authorization") == "bearer request-secret")
            #expect(requests[0].header("metadata") == "True")
            #expect(try form(requests[1])["subject_token"] == "subject")
            #expect(requests[2].header("authorization") == "Bearer federated")
            #expect(requests[2].text.contains(#""lifetime":"43200s""#))
        }
    }
}
