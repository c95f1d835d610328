import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct MetadataTests {
    private let google = [(name: "Metadata-Flavor", value: "Google")]
    private let token = "/computeMetadata/v1/instance/service-accounts/default/token"

    @Test func `a request without the Metadata-Flavor header is refused`() async throws {
        try await withCloud { _, client async throws in
            let answer = try await client.get(token)
            #expect(answer.status == 403)
            #expect(answer.header("metadata-flavor") == "Google")
            #expect(!text(answer.body).contains("ya29"))
        }
    }

    @Test func `a request that came through a proxy is refused`() async throws {
        try await withCloud { _, client async throws in
            let answer = try await client.get(token, google + [(name: "X-Forwarded-For", value: "192.0.2.1")])
            #expect(answer.status == 403)
        }
    }

    @Test func `an unknown value and an unknown path are not found`() async throws {
        try await withCloud { _, client async throws in
            #expect(try await client.get("/computeMetadata/v1/instance/nothing", google).status == 404)
            #expect(try await client.get("/computeMetadata/v2/project/project-id", google).status == 404)
            #expect(try await client.get("/").status == 404)
        }
    }

    @Test func `it knows the project and the account`() async throws {
        try await withCloud { cloud, client async throws in
            let values = [
                "project/project-id": cloud.options.projectID,
                "instance/service-accounts/default/email": cloud.options.serviceAccount,
            ]
            for (key, value) in values {
                let answer = try await client.get("/computeMetadata/v1/\(key)", google)
                #expect(answer.status == 200)
                #expect(answer.header("metadata-flavor") == "Google")
                #expect(text(answer.body) == value)
            }
        }
    }

    @Test func `a token is handed out again until five minutes of it remain`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(time: time.source) { cloud, client async throws in
            let first = try json(try await client.get(token, google)).root
            #expect(first["token_type"]?.string == "Bearer")
            #expect(first["expires_in"]?.integer == 3599)
            time.advance(.seconds(3299 - 1))
            let second = try json(try await client.get(token, google)).root
            #expect(second["access_token"]?.string == first["access_token"]?.string)
            #expect(second["expires_in"]?.integer == 301)
            time.advance(.seconds(1))
            let third = try json(try await client.get(token, google)).root
            #expect(third["access_token"]?.string != first["access_token"]?.string)
            #expect(third["expires_in"]?.integer == 3599)
            #expect(cloud.metadata.issuedTokens == 2)
        }
    }

    @Test func `an expired, a revoked and a foreign access token open nothing`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(time: time.source) { cloud, client async throws in
            try cloud.resourceManager.setPolicy("p", Array("{}".utf8))
            let good = cloud.metadata.accessToken()
            func status(_ authorization: String) async throws -> Int {
                try await client.post(
                    "/v3/projects/p:getIamPolicy",
                    "",
                    [(name: "Authorization", value: authorization)]
                )
                .status
            }
            #expect(try await client.post("/v3/projects/p:getIamPolicy", "").status == 401)
            #expect(try await status("Bearer ya29.something") == 401)
            #expect(try await status("Basic \(good)") == 401)
            #expect(try await status("bearer \(good)") == 200)
            time.advance(.seconds(3599))
            #expect(try await status("Bearer \(good)") == 401)
            let next = cloud.metadata.accessToken()
            #expect(try await status("Bearer \(next)") == 200)
            cloud.metadata.revokeTokens()
            let answer = try await client.post(
                "/v3/projects/p:getIamPolicy",
                "",
                [(name: "Authorization", value: "Bearer \(next)")]
            )
            #expect(answer.status == 401)
            #expect(answer.header("www-authenticate") == "Bearer realm=\"https://accounts.google.com/\"")
            #expect(try json(answer).root["error"]?["status"]?.string == "UNAUTHENTICATED")
            #expect(try await status("Bearer \(cloud.metadata.accessToken())") == 200)
        }
    }

    @Test func `a revoked token may be served on, as from a cache`() async throws {
        try await withCloud { cloud, _ async throws in
            let token = cloud.metadata.accessToken()
            cloud.metadata.revokeTokens(keepsServing: true)
            #expect(cloud.metadata.accessToken() == token)
        }
    }
}
