import HTTPTransport
import TestSupport
import Testing

@testable import GoogleCloud

/// Nothing listens there.
private let cloud = "http://127.0.0.1:9"

/// What must never show.
private func secrets() throws -> [String] {
    [Sample.refreshToken, Sample.clientSecret, "BEGIN", String(try TestKey.first.get().text.dropFirst(40).prefix(30))]
}

/// Whether each content is refused for its reason, and the reason tells no secret.
private func check(_ cases: [(content: String, what: String)]) async throws {
    try await atDesk({ _ in .hang }) { desk in
        for (content, what) in cases {
            let found = await desk.fault(content)
            #expect(found == what)
            for secret in try secrets() { #expect(found?.contains(secret) != true) }
        }
        #expect(desk.server.requests.isEmpty)
    }
}

@Suite("Faults in credential files")
struct CredentialFaultTests {
    @Test func `what is no JSON object, or an ambiguous one, is refused`() async throws {
        try await check([
            ("", "not JSON, at byte 0"), ("[]", "not a JSON object"),
            ("\u{FEFF}{}", "not UTF-8, or with a byte order mark"),
            (#"{"type":"authorized_user","#, "not JSON, at byte 26"),
            (#"{"type":"a","type":"b"}"#, "a duplicate field, at byte 12"),
            (#"{"type":"\u0000"}"#, "a string with U+0000, at byte 11"),
            (String(repeating: "[", count: 17), "nested too deeply, at byte 16"),
            (String(repeating: " ", count: 131_073), "too large"),
        ])
    }

    @Test func `a type that is unknown or not supported is refused`() async throws {
        let known =
            "type is none of service_account, authorized_user, impersonated_service_account and external_account"
        try await check([
            ("{}", "type is missing"), (#"{"type":null}"#, "type is missing"), (#"{"type":7}"#, "type is not a string"),
            (#"{"type":""}"#, "type is empty"), (#"{"type":"secret"}"#, known),
            (#"{"installed":{"client_id":"x"}}"#, "type is missing"),
            (
                #"{"type":"external_account_authorized_user"}"#,
                "type is external_account_authorized_user, which is not supported"
            ),
            (#"{"type":"gdch_service_account"}"#, "type is gdch_service_account, which is not supported"),
            (
                Sample.user(cloud, ["universe_domain": Sample.text("example.com")]),
                "universe_domain is not googleapis.com: other clouds are not supported"
            ),
            (
                Sample.user(cloud, ["quota_project_id": Sample.text("A\\r\\nX: y")]),
                "quota_project_id is not a project ID"
            ),
            (Sample.user(cloud, ["quota_project_id": "7"]), "quota_project_id is not a string"),
        ])
    }

    @Test func `a service account without what an assertion needs is refused`() async throws {
        let pem = "private_key is not a private key in PEM without a passphrase"
        let encrypted = String(decoding: try TestKey.first.get().encrypted(passphrase: "x"), as: UTF8.self)
        try await check([
            (try Sample.serviceAccount(cloud, ["client_email": nil]), "client_email is missing"),
            (
                try Sample.serviceAccount(cloud, ["client_email": Sample.text("a b@c")]),
                "client_email is not an e-mail address"
            ),
            (
                try Sample.serviceAccount(cloud, ["client_email": Sample.text("a/../b@c")]),
                "client_email is not an e-mail address"
            ),
            (try Sample.serviceAccount(cloud, ["private_key": nil]), "private_key is missing"),
            (try Sample.serviceAccount(cloud, ["private_key": Sample.text("MIIE-secret")]), pem),
            (try Sample.serviceAccount(cloud, ["private_key": Sample.text(encrypted)]), pem),
            (
                try Sample.serviceAccount(cloud, ["private_key": Sample.text(try TestKey.ec().text)]),
                "private_key is not an RSA key"
            ),
            (
                try Sample.serviceAccount(cloud, ["private_key": Sample.text(try TestKey(bits: 1024).text)]),
                "private_key is not an RSA key of 2048 to 8192 bits"
            ),
            (
                try Sample.serviceAccount(cloud, ["private_key_id": Sample.text("a\nb")]),
                "private_key_id is too long or has a control character"
            ),
        ])
    }

    @Test(arguments: ["client_id", "client_secret", "refresh_token"])
    func `user credentials without a field are refused`(name: String) async throws {
        try await check([
            (Sample.user(cloud, [name: nil]), "\(name) is missing"),
            (Sample.user(cloud, [name: Sample.text("")]), "\(name) is empty"),
            (Sample.user(cloud, [name: "[]"]), "\(name) is not a string"),
        ])
    }

    @Test func `an impersonation that is not whole is refused, and one of another`() async throws {
        let url = "service_account_impersonation_url"
        let user = Sample.user(cloud)
        func with(_ changes: [String: String?]) -> String { Sample.impersonated(cloud, by: user, changes) }
        let shape = "\(url) is not .../v1/projects/-/serviceAccounts/ACCOUNT:generateAccessToken"
        try await check([
            (with([url: nil]), "\(url) is missing"),
            (with(["source_credentials": nil]), "source_credentials is missing"),
            (with(["source_credentials": "7"]), "source_credentials is not an object"),
            (with([url: Sample.text("\(cloud)/v1/projects/-/serviceAccounts/a@b.c:generateIdToken")]), shape),
            (with([url: Sample.text("\(cloud)/v1/projects/-/serviceAccounts/:generateAccessToken")]), shape),
            (
                with([url: Sample.text("\(cloud)/v1/projects/-/serviceAccounts/x/../a:generateAccessToken")]),
                "\(url) names no service account"
            ),
            (with(["delegates": "[7]"]), "delegates is not an array of strings"),
            (
                Sample.impersonated(cloud, by: Sample.user(cloud, ["refresh_token": nil])),
                "source_credentials.refresh_token is missing"
            ),
            (
                Sample.impersonated(cloud, by: Sample.impersonated(cloud, by: user)),
                "source_credentials.type is impersonated_service_account again: use delegates"
            ),
        ])
    }

    @Test func `a workload identity of a kind that is not supported is refused by name`() async throws {
        let place = "credential_source."
        func source(_ fields: String) -> String { Sample.external(cloud, source: fields) }
        try await check([
            (
                source(#"{"environment_id":"aws1","url":"http://169.254.169.254/latest"}"#),
                "\(place)environment_id is not supported: AWS as a source of tokens"
            ),
            (
                source(#"{"executable":{"command":"/bin/token"}}"#),
                "\(place)executable is not supported: executables as a source of tokens"
            ),
            (
                source(#"{"certificate":{}}"#),
                "\(place)certificate is not supported: X.509 certificates as a source of tokens"
            ),
            (
                Sample.external(cloud, source: #"{"file":"/t"}"#, ["workforce_pool_user_project": Sample.text("p")]),
                "workforce_pool_user_project is not supported: workforce identity federation"
            ),
            (source("{}"), "\(place)file and url are missing"), (source("7"), "credential_source is not an object"),
            (source(#"{"file":"/t","url":"https://x"}"#), "\(place)file and url are both there"),
            (source(#"{"file":"/t","format":{"type":"xml"}}"#), "\(place)format.type is neither text nor json"),
            (
                source(#"{"file":"/t","format":{"type":"json"}}"#),
                "\(place)format.subject_token_field_name is missing"
            ),
            (Sample.external(cloud, source: #"{"file":"/t"}"#, ["audience": nil]), "audience is missing"),
            (
                Sample.external(cloud, source: #"{"file":"/t"}"#, ["subject_token_type": nil]),
                "subject_token_type is missing"
            ),
            (
                Sample.external(
                    cloud,
                    source: #"{"file":"/t"}"#,
                    [
                        "service_account_impersonation_url": Sample.text(Sample.impersonationURL(cloud)),
                        "service_account_impersonation": #"{"token_lifetime_seconds":599}"#,
                    ]
                ),
                "service_account_impersonation.token_lifetime_seconds is not a whole number from 600 to 43200"
            ),
        ])
    }

    @Test func `a subject token's URL must be safe to call`() async throws {
        func source(_ url: String, headers: String = "{}") -> String {
            Sample.external(cloud, source: #"{"url":"\#(url)","headers":\#(headers)}"#)
        }
        let https = "credential_source.url is not an https URL (http is for loopback addresses and 169.254.169.254)"
        try await check([
            (source("http://example.com/token"), https), (source("file:///etc/passwd"), https),
            (source("https://user:secret@example.com/"), https), (source("http://10.0.0.1/token"), https),
            (
                source("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"),
                "credential_source.url is Google's metadata server"
            ),
            (
                source("http://169.254.169.254/x", headers: #"{"METADATA-flavor":"Google"}"#),
                "credential_source.headers are for Google's metadata server"
            ),
            (source("https://example.com/", headers: #"{"X":7}"#), "credential_source.headers.X is not a string"),
        ])
    }

    @Test func `secrets are sent nowhere but to Google and this machine`() async throws {
        func other(_ name: String, _ service: String) -> String {
            "\(name) is not a URL of Google's (\(service).googleapis.com) or of this machine"
        }
        let notHTTPS = "is not an https URL without a query"
        var cases: [(content: String, what: String)] = []
        for url in [
            "https://evil.example/token", "https://oauth2.googleapis.com.evil.example/token",
            "https://evil.example/oauth2.googleapis.com", "https://oauth2.googleapis.com:8443/token",
            "https://storage.googleapis.com/token", "https://evil.storage.googleapis.com/token",
            "https://a.b.oauth2.googleapis.com/token", "https://googleapis.com/token",
            "https://metadata.google.internal/token", "http://169.254.169.254/token",
        ] {
            let change = ["token_uri": Sample.text(url)]
            cases.append((Sample.user(cloud, change), other("token_uri", "oauth2")))
            cases.append((try Sample.serviceAccount(cloud, change), other("token_uri", "oauth2")))
            cases.append(
                (
                    Sample.external(cloud, source: #"{"file":"/t"}"#, ["token_url": Sample.text(url)]),
                    other("token_url", "sts")
                )
            )
            let path = "/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken"
            let impersonation = url.split(separator: "/").prefix(2).joined(separator: "//") + path
            cases.append(
                (
                    Sample.impersonated(
                        cloud,
                        by: Sample.user(cloud),
                        ["service_account_impersonation_url": Sample.text(impersonation)]
                    ),
                    other("service_account_impersonation_url", "iamcredentials")
                )
            )
        }
        let token = "oauth2.googleapis.com/token"
        for url in ["http://\(token)", token, "https://\(token)?a=b"] {
            cases.append((Sample.user(cloud, ["token_uri": Sample.text(url)]), "token_uri \(notHTTPS)"))
        }
        try await check(cases)
    }

    @Test func `Google's global, regional and private hosts are taken`() async throws {
        try await atDesk({ _ in .hang }) { desk in
            for host in [
                "oauth2.googleapis.com", "OAUTH2.googleapis.com", "accounts.google.com", "www.googleapis.com",
                "oauth2.mtls.googleapis.com", "us-east1-oauth2.googleapis.com", "us-east1.oauth2.googleapis.com",
                "oauth2-abc.p.googleapis.com",
            ] {
                let uri = Sample.text("https://\(host)/token")
                #expect(await desk.fault(Sample.user(cloud, ["token_uri": uri])) == nil)
            }
            #expect(await desk.fault(Sample.user(cloud, ["token_uri": nil])) == nil)
        }
    }
}
