import Base64
import HTTPTransport
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import GoogleCloud
@testable import GoogleCredentials

private let owner = "service account \(Sample.account): 127.0.0.1"

@Suite("Tokens of a service account's key")
struct ServiceAccountTests {
    @Test(arguments: [
        (
            "invalid_grant", "Invalid JWT Signature.",
            " (is the key deleted or disabled, or this machine's clock wrong?)"
        ),
        ("invalid_client", "The OAuth client was not found.", " (does the service account still exist?)"),
        ("invalid_scope", "Invalid OAuth scope.", ""),
    ])
    func `a refusal says why and what to do`(code: String, description: String, advice: String) async throws {
        try await atDesk({ _ in oauthError(400, code, description) }) { desk in
            let error = try await desk.failure(try Sample.serviceAccount(desk.server.url))
            #expect(error == .refused("\(owner):\(desk.server.port): \(code): \(description)\(advice)"))
            #expect(desk.server.requests.count == 1)
        }
    }

    @Test(arguments: [
        ScriptedServer.Reply.answer(503), .answer(429), .answer(408), oauthError(400, "temporarily_unavailable"),
        oauthError(500, "internal_failure"), .reset,
    ])
    func `a passing failure is tried three times`(reply: ScriptedServer.Reply) async throws {
        try await atDesk({ _ in reply }) { desk in
            let error = try await desk.failure(try Sample.serviceAccount(desk.server.url))
            guard case .unavailable(let text) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(text.hasPrefix("\(owner):\(desk.server.port): "))
            #expect(desk.time.sleeps == [.seconds(1), .seconds(2)])
        }
    }

    @Test(arguments: [
        "", "{}", #"{"access_token":"a","token_type":"Bearer"}"#, #"{"id_token":"a"}"#,
        #"{"access_token":"a","expires_in":3599,"token_type":"mac"}"#,
    ])
    func `an answer that is no token is not one`(body: String) async throws {
        try await atDesk({ _ in .answer(200, body: body) }) { desk in
            let error = try await desk.failure(try Sample.serviceAccount(desk.server.url))
            #expect(error == .unavailable("\(owner):\(desk.server.port): not an access token"))
        }
    }

    @Test func `an error that repeats the assertion is not told`() async throws {
        try await atDesk({ request in
            let assertion = (try? form(request)["assertion"]) ?? ""
            return oauthError(400, "invalid_request", "bad: \(assertion)")
        }) { desk in
            let error = try await desk.failure(try Sample.serviceAccount(desk.server.url))
            #expect(error == .refused("\(owner):\(desk.server.port): invalid_request"))
        }
    }

    @Test func `a redirect is not followed`() async throws {
        try await atDesk({ _ in .answer(302, headers: [("Location", "https://evil.example/")]) }) { desk in
            let error = try await desk.failure(try Sample.serviceAccount(desk.server.url))
            #expect(error == .refused("\(owner):\(desk.server.port): HTTP 302 without a readable error"))
            #expect(desk.server.requests.count == 1)
        }
    }

    @Test func `a file that breaks later costs no token that is still good`() async throws {
        try await atDesk({ _ in granted("a", expiresIn: 100) }) { desk in
            desk.files.write(Desk.path, try Sample.serviceAccount(desk.server.url))
            let source = try await desk.find().source
            #expect(try await source.token().value == "a")
            desk.files.write(Desk.path, "{")
            #expect(try await source.token().value == "a")
            desk.time.advance(.seconds(100))
            let expected = AccessTokenError.unavailable(
                "GOOGLE_APPLICATION_CREDENTIALS (\(Desk.path)): not JSON, at byte 1"
            )
            await #expect(throws: expected) { try await source.token() }
        }
    }

    @Test func `a key that was replaced in its file is used from the next token on`() async throws {
        try await atDesk({ _ in granted("a", expiresIn: 5) }) { desk in
            desk.files.write(Desk.path, try Sample.serviceAccount(desk.server.url))
            let source = try await desk.find().source
            _ = try await source.token()
            let new = try Sample.serviceAccount(desk.server.url, ["private_key_id": Sample.text("key-2")])
            desk.files.write(Desk.path, new)
            _ = try await source.token()
            let keys = try desk.server.requests.map { try assertion($0).header["kid"]?.string }
            #expect(keys == ["key-1", "key-2"])
        }
    }

    @Test func `the assertion is signed, dated and made out to the endpoint`() async throws {
        try await atDesk({ _ in granted("ya29.a") }) { desk in
            desk.files.write(Desk.path, try Sample.serviceAccount(desk.server.url))
            let token = try await desk.find().source.token()
            #expect(token.value == "ya29.a")
            #expect(token.quotaProject == nil)
            let request = try #require(desk.server.requests.first)
            #expect(request.method == "POST")
            #expect(request.target == "/token")
            #expect(request.header("content-type") == "application/x-www-form-urlencoded")
            #expect(request.header("authorization") == nil)
            let parameters = try form(request)
            #expect(parameters.keys.sorted() == ["assertion", "grant_type"])
            #expect(parameters["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
            let (header, claims, isSigned) = try assertion(request)
            #expect(isSigned)
            #expect(String(decoding: header.rawBytes, as: UTF8.self) == #"{"alg":"RS256","kid":"key-1","typ":"JWT"}"#)
            #expect(claims.members?.count == 5)
            #expect(claims["iss"]?.string == Sample.account)
            #expect(claims["aud"]?.string == "\(desk.server.url)/token")
            #expect(claims["scope"]?.string == "https://www.googleapis.com/auth/cloud-platform")
            #expect(claims["iat"]?.integer == ManualTime.start.seconds - 10)
            #expect(claims["exp"]?.integer == ManualTime.start.seconds + 3590)
        }
    }

    @Test func `a file without a key ID makes assertions without one`() async throws {
        try await atDesk({ _ in granted("ya29.a") }) { desk in
            desk.files.write(Desk.path, try Sample.serviceAccount(desk.server.url, ["private_key_id": nil]))
            _ = try await desk.find().source.token()
            #expect(try assertion(try #require(desk.server.requests.first)).header["kid"] == nil)
        }
    }

    @Test(arguments: [
        nil, "https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token",
        "https://oauth2-private.p.googleapis.com/token",
    ])
    func `Google's endpoint is called where the file says, under its one name`(uri: String?) async throws {
        let network = TestTransport(.failure(.invalidRequest("recorded")))
        let files = MemoryFiles([Desk.path: try Sample.serviceAccount("", ["token_uri": uri.map { Sample.text($0) }])])
        let source = try ApplicationCredentials.configured(
            CredentialVariables(environment: ["GOOGLE_APPLICATION_CREDENTIALS": Desk.path]),
            files: files.reader,
            transport: network,
            time: ManualTime().source
        ).source
        await #expect(throws: AccessTokenError.self) { try await source.token() }
        let request = try #require(network.requests.first)
        #expect(request.url == uri ?? "https://oauth2.googleapis.com/token")
        let (_, claims, isSigned) = try assertion(of: String(decoding: request.body, as: UTF8.self))
        #expect(isSigned)
        #expect(claims["aud"]?.string == "https://oauth2.googleapis.com/token")
    }

    private func assertion(
        _ request: ScriptedServer.Request
    ) throws -> (header: JSONValue, claims: JSONValue, isSigned: Bool) {
        try assertion(of: request.text)
    }

    private func assertion(of body: String) throws -> (header: JSONValue, claims: JSONValue, isSigned: Bool) {
        let text = try #require(try form(body)["assertion"])
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let decoded = parts.compactMap { Base64.decode($0.utf8) }
        try #require(parts.count == 3 && decoded.count == 3)
        return (
            try json(decoded[0]).root, try json(decoded[1]).root,
            try TestKey.first.get().hasSigned(Array("\(parts[0]).\(parts[1])".utf8), decoded[2])
        )
    }
}
