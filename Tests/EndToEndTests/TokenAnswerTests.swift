import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite("Answers to requests that do not come from the subscription")
struct TokenAnswerTests {
    @Test func `no token is refused with 401, Bearer and an empty body, before the body is looked at`() async throws {
        try await onStage { stage async throws in
            let answer = try await stage.post(Array("not json".utf8), headers: [("Content-Type", "text/plain")])
            #expect(answer.status == 401)
            #expect(answer.header("www-authenticate") == "Bearer")
            #expect(answer.body.isEmpty)
            #expect(stage.log.field("reason", of: "push.refused") == "credentials-missing")
        }
    }

    @Test(arguments: [
        ("Basic eDp5", "scheme-not-bearer"), ("Bearer x", "segment-count"), ("Bearer ..", "segment-empty"),
        ("Bearer a.b.c.d", "segment-count"), ("bearer a.b.c", "scheme-letter-case"),
    ])
    func `a malformed or removed token is refused with 401, and the log says why`(authorization: String, reason: String)
        async throws
    {
        try await onStage { stage async throws in
            let answer = try await stage.post([], headers: [("Authorization", authorization)])
            #expect(answer.status == 401)
            #expect(stage.log.field("reason", of: "push.refused") == reason)
        }
    }

    @Test func `a token whose signature Cloud Run removed is refused under its own name`() async throws {
        try await onStage { stage async throws in
            let parts = try stage.token().split(separator: ".")
            let token = "\(parts[0]).\(parts[1]).SIGNATURE_REMOVED_BY_GOOGLE"
            let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
            #expect(answer.status == 401)
            #expect(stage.log.field("reason", of: "push.refused") == "signature-removed-by-google")
            #expect(!stage.log.text.contains(parts[1]))
        }
    }

    @Test func `a token with another signature is refused with 401`() async throws {
        try await onStage { stage async throws in
            var parts = try stage.token().split(separator: ".").map(String.init)
            parts[2] = String(parts[2].dropFirst(4)) + "AAAA"
            let answer = try await stage.post(
                [],
                headers: [("Authorization", "Bearer \(parts.joined(separator: "."))")]
            )
            #expect(answer.status == 401)
        }
    }

    @Test func `a token of an unknown key is refused with 401`() async throws {
        try await onStage { stage async throws in
            let stranger = try SigningKey.generate()
            var claims = PushTokenClaims(
                audience: stage.cloud.options.pushIdentity.audience,
                email: stage.cloud.options.pushIdentity.email,
                issuedAt: .init(seconds: 0)
            )
            claims.subject = "1"
            let token = try stranger.sign(claims)
            let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
            #expect(answer.status == 401)
            #expect(stage.log.field("reason", of: "push.refused") == "key-unknown")
        }
    }

    @Test func `a good token of another audience is refused with 403`() async throws {
        try await onStage { stage async throws in
            let token = try stage.token(audience: "https://evil.example")
            let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
            #expect(answer.status == 403)
            #expect(stage.log.field("reason", of: "push.refused") == "other-audience")
            #expect(stage.log.field("audience", of: "push.refused") == "https://evil.example")
            #expect(!stage.log.text.contains(token))
        }
    }

    @Test func `a good token of another service account is refused with 403`() async throws {
        try await onStage { stage async throws in
            let token = try stage.token(email: "stranger@evil.iam.gserviceaccount.com")
            let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
            #expect(answer.status == 403)
            #expect(stage.log.field("reason", of: "push.refused") == "other-service-account")
        }
    }

    @Test func `a token that has expired is refused with 401`() async throws {
        try await onStage { stage async throws in
            let identity = stage.cloud.options.pushIdentity
            let now = TimeSource.system.now()
            let claims = PushTokenClaims(
                audience: identity.audience,
                email: identity.email,
                issuedAt: now.adding(seconds: -3700)
            )
            let token = try stage.cloud.keys.mint(claims)
            let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
            #expect(answer.status == 401)
            #expect(stage.log.field("reason", of: "push.refused") == "token-expired")
        }
    }

    @Test func `a good token whose e-mail is not verified is refused with 403`() async throws {
        try await onStage { stage async throws in
            let identity = stage.cloud.options.pushIdentity
            var claims = PushTokenClaims(
                audience: identity.audience,
                email: identity.email,
                issuedAt: TimeSource.system.now()
            )
            claims.isEmailVerified = false
            let token = try stage.cloud.keys.mint(claims)
            let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
            #expect(answer.status == 403)
            #expect(stage.log.field("reason", of: "push.refused") == "email-not-verified")
        }
    }

    @Test func `without Google's keys the answer is 503, and the service recovers by itself`() async throws {
        try await onStage { stage async throws in
            stage.cloud.faults.inject(.html(502), at: .keys)
            let first = try await stage.push(data: "{}")
            #expect(first.status == 503)
            #expect(first.header("retry-after") != nil)
            #expect(stage.log.lines(of: "push.keys-unavailable").count == 1)
            var status = first.status
            try await waitUntil {
                status = try await stage.push(data: "{}").status
                return status != 503
            }
            #expect(status == 204)
        }
    }

    @Test func `identity headers that anyone can write give nothing`() async throws {
        try await onStage { stage async throws in
            let answer = try await stage.post(
                [],
                headers: [
                    ("X-Goog-IAP-JWT-Assertion", try stage.token()), ("X-Forwarded-For", "127.0.0.1"),
                    ("X-Goog-Authenticated-User-Email", stage.cloud.options.pushIdentity.email),
                    ("User-Agent", "CloudPubSub-Google"),
                ]
            )
            #expect(answer.status == 401)
        }
    }
}
