import HTTPTransport
import TestSupport
import Testing

@testable import GoogleCloud
@testable import GoogleCredentials

/// Where the requests are written down for google-auth.
private let corpus = Corpus(namedBy: "CREDENTIAL_CORPUS")

/// Writes down what is sent for each kind of file: `Oracle/check-against-google-auth` lets Google's own library do the
/// same, and compares.
@Suite("Requests to compare with google-auth")
struct GoogleAuthPeerTests {
    @Test(.enabled(if: corpus != nil, "CREDENTIAL_CORPUS is not set"))
    func `each kind of file`() async throws {
        let file = try #require(corpus)
        try await atDesk({ request in
            request.target.hasSuffix("/token")
                ? granted("token-1")
                : .answer(200, body: #"{"accessToken":"token-2","expireTime":"2099-01-01T00:00:00Z"}"#)
        }) { desk in
            let url = desk.server.url
            desk.files.write("/subject", "subject.token/+=")
            let external = #"{"file":"/subject"}"#
            let impersonation = ["service_account_impersonation_url": Sample.text(Sample.impersonationURL(url))]
            for content in [
                try Sample.serviceAccount(url), Sample.user(url), Sample.impersonated(url, by: Sample.user(url)),
                Sample.impersonated(url, by: try Sample.serviceAccount(url), ["delegates": #"["a@b.c"]"#]),
                Sample.external(url, source: external), Sample.external(url, source: external, impersonation),
            ] {
                let before = desk.server.requests.count
                desk.files.write(Desk.path, content)
                _ = try await desk.find().source.token()
                let requests = desk.server.requests.dropFirst(before).map { request in
                    Sample.object([
                        "method": Sample.text(request.method), "path": Sample.text(request.target),
                        "type": Sample.text(request.header("content-type") ?? ""),
                        "authorization": Sample.text(request.header("authorization") ?? ""),
                        "body": Sample.text(request.text),
                    ])
                }
                file.add(#"{"file":\#(content),"requests":[\#(requests.joined(separator: ","))]}"#)
            }
        }
    }
}
