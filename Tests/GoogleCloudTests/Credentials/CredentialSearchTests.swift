import HTTPTransport
import TestSupport
import Testing

@testable import GoogleCloud
@testable import GoogleCredentials

private let flavor = [("Metadata-Flavor", "Google")]
private let gcloudPath = "/home/ann/.config/gcloud/application_default_credentials.json"
private let gcloud = "gcloud's application default credentials"

private func finding(_ place: String, _ what: String) -> CredentialsError.Finding {
    CredentialsError.Finding(place: place, what: what)
}

@Suite("The search for credentials")
struct CredentialSearchTests {
    @Test func `without any, the error names every place and what was found there`() async throws {
        try await withCloud({ _ in .hang }) { _, transport in
            let unused = try Listener(listens: false)
            let host = "127.0.0.1:\(unused.port)"
            let error = await #expect(throws: CredentialsError.self) {
                _ = try await ApplicationCredentials.find(
                    environment: ["HOME": "/home/ann"],
                    metadataHost: host,
                    files: MemoryFiles().reader,
                    transport: transport,
                    time: ManualTime().source
                )
            }
            let lines = try #require(error?.lines)
            try #require(lines.count == 4)
            #expect(lines[0] == "GOOGLE_OAUTH_ACCESS_TOKEN: not set")
            #expect(lines[1] == "GOOGLE_APPLICATION_CREDENTIALS: not set")
            #expect(lines[2] == "\(gcloud) (\(gcloudPath)): no such file")
            #expect(lines[3].hasPrefix("metadata server (\(host)): "))
            #expect(lines[3].count > "metadata server (\(host)): ".count)
            #expect(error?.description == "no usable credentials: \(lines.joined(separator: "; "))")
        }
    }

    @Test(arguments: [
        (ScriptedServer.Reply.answer(404, headers: flavor), "HTTP 404"),
        (.answer(503, headers: flavor), "HTTP 503"),
        (.answer(200, body: "a@b.c"), "answer of something else (no Metadata-Flavor)"),
        (.answer(200, headers: flavor), "a service account without a name"),
        (.hang, "timed out"),
    ])
    func `the metadata server is asked once whether it knows a service account`(
        reply: ScriptedServer.Reply,
        what: String
    ) async throws {
        try await withCloud({ _ in reply }) { server, transport in
            let time = ManualTime()
            let host = "127.0.0.1:\(server.port)"
            let expected = CredentialsError(findings: [
                finding("GOOGLE_OAUTH_ACCESS_TOKEN", "not set"),
                finding("GOOGLE_APPLICATION_CREDENTIALS", "not set"),
                finding(gcloud, "neither HOME nor CLOUDSDK_CONFIG is set"),
                finding("metadata server (\(host))", what),
            ])
            await #expect(throws: expected) {
                try await ApplicationCredentials.find(
                    environment: ["GOOGLE_OAUTH_ACCESS_TOKEN": "", "HOME": ""],
                    metadataHost: host,
                    files: MemoryFiles().reader,
                    transport: transport,
                    time: time.source
                )
            }
            #expect(server.requests.map(\.target) == ["/computeMetadata/v1/instance/service-accounts/default/email"])
            #expect(time.sleeps.isEmpty)
        }
    }

    @Test(arguments: [
        (CredentialFileFault.missing, "no such file"), (.denied, "permission denied"),
        (.notAFile, "not a regular file"), (.tooLarge, "more than 131072 bytes"),
        (.failed(5), "cannot be read (errno 5)"),
    ])
    func `a named file that cannot be read ends the search`(fault: CredentialFileFault, what: String) async throws {
        try await atDesk({ _ in .hang }) { desk in
            desk.files.fail(Desk.path, fault)
            desk.files.write(gcloudPath, Sample.user(desk.server.url))
            let expected = CredentialsError(findings: [
                finding("GOOGLE_OAUTH_ACCESS_TOKEN", "not set"),
                finding("GOOGLE_APPLICATION_CREDENTIALS (\(Desk.path))", what),
            ])
            await #expect(throws: expected) { try await desk.find(["HOME": "/home/ann"]) }
            #expect(desk.server.requests.isEmpty)
        }
    }

    @Test func `a file of gcloud's that is there and cannot be used ends the search`() async throws {
        try await atDesk({ _ in .hang }) { desk in
            for (content, what) in [(nil, "permission denied"), ("{}", "type is missing")] {
                if let content { desk.files.write(gcloudPath, content) } else { desk.files.fail(gcloudPath, .denied) }
                let expected = CredentialsError(findings: [
                    finding("GOOGLE_OAUTH_ACCESS_TOKEN", "not set"),
                    finding("GOOGLE_APPLICATION_CREDENTIALS", "not set"),
                    finding("\(gcloud) (\(gcloudPath))", what),
                ])
                await #expect(throws: expected) {
                    try await desk.find(["GOOGLE_APPLICATION_CREDENTIALS": "", "HOME": "/home/ann"])
                }
            }
            #expect(desk.server.requests.isEmpty)
        }
    }

    @Test(arguments: ["a b", "token\n", "tökén", String(repeating: "a", count: AccessToken.maximumBytes + 1)])
    func `a given token that could not be sent ends the search`(token: String) async throws {
        try await atDesk({ _ in .hang }) { desk in
            let expected = CredentialsError(findings: [
                finding(
                    "GOOGLE_OAUTH_ACCESS_TOKEN",
                    "not an access token (at most 8192 printable characters, no white space)"
                )
            ])
            await #expect(throws: expected) { try await desk.find(["GOOGLE_OAUTH_ACCESS_TOKEN": token]) }
        }
    }

    @Test func `a quota project that is none ends the search`() async throws {
        try await atDesk({ _ in .hang }) { desk in
            let expected = CredentialsError(findings: [finding("GOOGLE_CLOUD_QUOTA_PROJECT", "not a project ID")])
            await #expect(throws: expected) { try await desk.find(["GOOGLE_CLOUD_QUOTA_PROJECT": "A B"]) }
        }
    }

    @Test func `the first place that has credentials decides`() async throws {
        try await atDesk({
            $0.target == "/token" ? granted("from-a-file") : .answer(200, headers: flavor, body: Sample.account)
        }) { desk in
            desk.files.write(Desk.path, try Sample.serviceAccount(desk.server.url))
            desk.files.write("/cfg/application_default_credentials.json", Sample.user(desk.server.url))
            var environment = [
                "HOME": "/home/ann", "CLOUDSDK_CONFIG": "/cfg", "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.given",
            ]
            let given = try await desk.find(environment)
            #expect(given.description == "GOOGLE_OAUTH_ACCESS_TOKEN (a token that is not renewed)")
            #expect(try await given.source.token().value == "ya29.given")
            environment["GOOGLE_OAUTH_ACCESS_TOKEN"] = nil
            let named = try await desk.find(environment)
            #expect(named.description == "GOOGLE_APPLICATION_CREDENTIALS (service account \(Sample.account))")
            #expect(try await named.source.token().value == "from-a-file")
            environment["GOOGLE_APPLICATION_CREDENTIALS"] = ""
            #expect(try await desk.find(environment).description == "\(gcloud) (user credentials)")
            environment["CLOUDSDK_CONFIG"] = nil
            let machine = try await desk.find(environment)
            #expect(machine.description == "metadata server (service account \(Sample.account))")
            desk.files.write(gcloudPath, Sample.user(desk.server.url))
            #expect(try await desk.find(environment).description == "\(gcloud) (user credentials)")
        }
    }

    @Test func `a service that must listen soon looks without a call to anywhere`() async throws {
        let token = #"{"access_token":"m","expires_in":3599,"token_type":"Bearer"}"#
        try await atDesk({ _ in .answer(200, headers: flavor, body: token) }) { desk in
            func configured(_ environment: [String: String]) throws(CredentialsError) -> FoundCredentials {
                try ApplicationCredentials.configured(
                    CredentialVariables(environment: environment),
                    metadataHost: "127.0.0.1:\(desk.server.port)",
                    files: desk.files.reader,
                    transport: desk.transport,
                    time: desk.time.source
                )
            }
            #expect(throws: CredentialsError.self) { try configured(["GOOGLE_APPLICATION_CREDENTIALS": "/none"]) }
            desk.files.write(Desk.path, Sample.user(desk.server.url))
            let named = try configured(["GOOGLE_APPLICATION_CREDENTIALS": Desk.path])
            #expect(named.description == "GOOGLE_APPLICATION_CREDENTIALS (user credentials)")
            let machine = try configured([:])
            #expect(machine.description == "metadata server")
            #expect(desk.server.requests.isEmpty)
            #expect(try await machine.source.token().value == "m")
        }
    }

    @Test func `a given token is not offered again once Google has refused it`() async throws {
        try await atDesk({ _ in .hang }) { desk in
            let source = try await desk.find(["GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.given"]).source
            let other = try #require(AccessToken("other"))
            await source.invalidate(other)
            let token = try await source.token()
            #expect(token.value == "ya29.given")
            await source.invalidate(token)
            let expected = AccessTokenError.refused(
                "GOOGLE_OAUTH_ACCESS_TOKEN: Google refused it; such tokens last for an hour"
            )
            await #expect(throws: expected) { try await source.token() }
        }
    }

    @Test func `settings show no token`() {
        let variables = CredentialVariables(environment: ["GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.given"])
        var text = "\(variables)"
        dump(variables, to: &text)
        #expect(!text.contains("ya29"))
    }
}
