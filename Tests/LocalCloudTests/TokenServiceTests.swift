import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

private let assertionGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer"

@Suite struct TokenServiceTests {
    @Test func `a grant that is unknown, or of an unknown client, is refused`() async throws {
        try await withCloud { cloud, client async throws in
            #expect(try await error(client, "/token", []) == "400 unsupported_grant_type")
            #expect(try await error(client, "/token", [("grant_type", "refresh_token")]) == "401 invalid_client")
            let stranger = [
                ("grant_type", "refresh_token"), ("client_id", LocalTokenService.clientID),
                ("client_secret", LocalTokenService.clientSecret), ("refresh_token", "another"),
            ]
            #expect(try await error(client, "/token", stranger) == "400 invalid_grant")
            let known = stranger.dropLast() + [("refresh_token", cloud.tokens.refreshToken)]
            #expect(try await error(client, "/token", Array(known)) == nil)
            cloud.tokens.revokeUser()
            #expect(try await error(client, "/token", Array(known)) == "400 invalid_grant")
        }
    }

    @Test(arguments: ["", "a", "a.b", "e30.e30.AA", "e30.!.AA", "eyJhbGciOiJub25lIn0.e30."])
    func `what is no assertion is refused`(text: String) async throws {
        try await withCloud { cloud, client async throws in
            _ = try cloud.credentialFile(.serviceAccount)
            let form = [("grant_type", assertionGrant), ("assertion", text)]
            #expect(try await error(client, "/token", form) == "400 invalid_grant")
        }
    }

    @Test func `an exchange that is not whole, of another provider or token, is refused`() async throws {
        try await withCloud { cloud, client async throws in
            var form = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("scope", "x"),
                ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
            ]
            #expect(try await error(client, "/v1/token", []) == "400 invalid_request")
            #expect(try await error(client, "/v1/token", form) == "400 invalid_target")
            form.append(("audience", cloud.tokens.providerAudience))
            #expect(try await error(client, "/v1/token", form) == "400 invalid_grant")
            form.append(("subject_token", cloud.tokens.subjectToken))
            #expect(try await error(client, "/v1/token", form) == nil)
            cloud.tokens.setSubjectToken("another")
            #expect(try await error(client, "/v1/token", form) == "400 invalid_grant")
        }
    }

    @Test func `impersonation takes a good token, the right account and a scope`() async throws {
        try await withCloud { cloud, client async throws in
            let account = cloud.options.serviceAccount
            func path(_ account: String) -> String {
                "/v1/projects/-/serviceAccounts/\(account):generateAccessToken"
            }
            #expect(try await client.post(path(account), #"{"scope":["x"]}"#).status == 401)
            #expect(try await client.call(path("other@x.y"), #"{"scope":["x"]}"#).status == 403)
            #expect(try await client.call(path(account), "{}").status == 400)
            let answer = try await client.call(path(account), #"{"scope":["x"]}"#)
            let token = try #require(try json(answer).root["accessToken"]?.string)
            let end = try #require(try json(answer).root["expireTime"]?.string)
            #expect(Instant(end, spelling: .strict) != nil)
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            let bearer = [(name: "Authorization", value: "Bearer \(token)")]
            #expect(try await client.post("/v3/projects/p:getIamPolicy", "", bearer).status == 200)
        }
    }

    @Test func `files are what Google's tools write`() async throws {
        try await withCloud { cloud, _ async throws in
            for kind in CredentialKind.allCases {
                let root = try json(try cloud.credentialFile(kind)).root
                #expect(root["type"]?.string == kind.rawValue)
            }
        }
    }

    /// The status and code of a refusal; nil if a token was granted that opens Resource Manager.
    private func error(_ client: Client, _ path: String, _ form: [(String, String)]) async throws -> String? {
        let body = form.map { "\($0)=\($1)" }.joined(separator: "&")
        let answer = try await client.post(path, body)
        if answer.status == 200 {
            try client.cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            let token = try #require(try json(answer).root["access_token"]?.string)
            let bearer = [(name: "Authorization", value: "Bearer \(token)")]
            #expect(try await client.post("/v3/projects/p:getIamPolicy", "", bearer).status == 200)
            return nil
        }
        return "\(answer.status) \(try json(answer).root["error"]?.string ?? "")"
    }
}
