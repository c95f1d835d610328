internal import PushTokens
internal import TestSupport
internal import Testing
internal import Timestamps

@Suite struct `Claims of a token` {
    @Test(arguments: TokenClaim.allCases) func `that are missing are refused, but for the optional ones`(
        _ claim: TokenClaim
    ) async throws {
        let token = try TokenMint(claims: TokenMint.claims.removing(claim.rawValue)).signed()
        switch claim {
        case .notBefore, .subject: #expect(try await Bench().verify(token).isVerified)
        default: #expect(try await Bench().rejection(token) == .claimMissing(claim))
        }
    }

    @Test(
        arguments: TokenClaim.allCases,
        [
            "null", "{}", "[]", "[1]", #"["https://jitcleanup.example/push"]"#, "1.0", "1.5", "1e3", "17000036e2",
            "-0.0", "1e400",
            "true", #""true""#, "1", #""1700003600""#, #""""#, "false", "-1",
        ]
    ) func `of another type than theirs are refused`(_ claim: TokenClaim, _ value: String) async throws {
        let isString = value.hasPrefix("\"")
        let isInteger = value == "1" || value == "-1"
        let hasType =
            switch claim {
            case .issuer, .audience, .email, .subject: isString
            case .expiry, .notBefore: isInteger
            case .issuedAt: value == "1"
            case .emailVerified: value == "true" || value == "false"
            }
        guard !hasType else { return }
        let token = try TokenMint(claims: TokenMint.claims.setting(claim.rawValue, value)).signed()
        #expect(try await Bench().rejection(token) == .claimMalformed(claim))
    }

    @Test(arguments: [
        "9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775808",
        "-9223372036854775809",
        "18446744075409555216", "1e400", "-1e400", "123456789012345678901234567890", "1700003600000",
    ]) func `with numbers at the ends of the range are refused without harm`(_ number: String) async throws {
        for claim in [TokenClaim.expiry, .issuedAt, .notBefore] {
            let token = try TokenMint(claims: TokenMint.claims.setting(claim.rawValue, number)).signed()
            let rejection = try await Bench().rejection(token)
            // A time before all times is a good nbf.
            let isGood = claim == .notBefore && number == "-9223372036854775808"
            #expect((rejection == nil) == isGood, "\(claim)")
        }
    }

    /// Offsets from now in seconds, and what comes of them.
    static let times: [(claim: TokenClaim, offset: Int64, expected: TokenRejection?)] = [
        (.expiry, -61, .expired), (.expiry, -60, .expired), (.expiry, -59, nil), (.expiry, 0, nil),
        (.expiry, 3600, nil),
        (.expiry, 3660, nil), (.expiry, 3661, .expiresTooLate), (.issuedAt, 61, .issuedInFuture),
        (.issuedAt, 60, nil), (.issuedAt, 0, nil), (.notBefore, 60, nil), (.notBefore, 61, .notYetValid),
        (.notBefore, -1, nil),
    ]

    @Test(arguments: times) func `are taken within the clock skew and not beyond`(
        _ sample: (claim: TokenClaim, offset: Int64, expected: TokenRejection?)
    ) async throws {
        let value = TokenMint.now + sample.offset
        var claims = TokenMint.claims.setting(sample.claim.rawValue, String(value))
        if sample.claim == .expiry { claims = claims.setting("iat", String(value - 3600)) }
        #expect(try await Bench().rejection(TokenMint(claims: claims).signed()) == sample.expected)
    }

    @Test func `are judged by the very nanosecond`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        bench.clock.set(Instant(seconds: 1_700_003_659, nanoseconds: 999_999_999))
        #expect(await bench.verify(token).isVerified)
        bench.clock.set(Instant(seconds: 1_700_003_660))
        #expect(await bench.rejection(token) == .expired)
    }

    @Test(arguments: [
        (3720 as Int64, TokenRejection?.none), (3721, .lifetimeTooLong), (86400, .lifetimeTooLong),
        (0, .expiresBeforeIssued),
        (-1, .expiresBeforeIssued), (1, nil),
    ]) func `with an impossible lifetime are refused`(_ lifetime: Int64, _ expected: TokenRejection?) async throws {
        // Early enough that neither claim is out of bounds by itself.
        let expiry = TokenMint.now + (lifetime > 0 ? 30 : -30)
        let claims = TokenMint.claims.setting("exp", String(expiry)).setting("iat", String(expiry - lifetime))
        #expect(try await Bench().rejection(TokenMint(claims: claims).signed()) == expected)
    }

    @Test(arguments: [
        "accounts.google.com", "https://accounts.google.com/", "https://Accounts.google.com",
        "http://accounts.google.com",
        "https://accounts.google.com ", "https://accounts.g\u{43e}\u{43e}gle.com",
        "https://accounts.google.com.evil.example", "",
        "https://securetoken.google.com/x", "https://accounts.google.com\u{200b}",
    ]) func `of another issuer are refused`(_ issuer: String) async throws {
        let token = try TokenMint(claims: TokenMint.claims.setting("iss", "\"\(issuer)\"")).signed()
        #expect(try await Bench().rejection(token) == .issuerNotGoogle)
    }

    @Test(arguments: [
        "", "https://jitcleanup.example/", "https://jitcleanup.example/push/", "https://jitcleanup.example/Push",
        "HTTPS://jitcleanup.example/push", "https://jitcleanup.example/pus", " https://jitcleanup.example/push",
        "https://jitcle\u{430}nup.example/push", "https://jitcleanup.example/push\u{200b}",
        "https://jitcleanup.example/push#",
    ]) func `for another audience are forbidden`(_ audience: String) async throws {
        let token = try TokenMint(claims: TokenMint.claims.setting("aud", "\"\(audience)\"")).signed()
        let identity = RefusedIdentity(email: TokenMint.email, audience: audience)
        let rejection = try await Bench().rejection(token)
        #expect(rejection == .forbidden(.otherAudience, identity))
        #expect(rejection?.refusedIdentity?.audience == audience)
    }

    @Test(arguments: [
        "", "Pusher@example-project.iam.gserviceaccount.com", "pusher@EXAMPLE-project.iam.gserviceaccount.com",
        "pusher@example-project.iam.gserviceaccount.com.", "pusher@example-project.iam.gserviceaccount.com ",
        "pusher@ex\u{430}mple-project.iam.gserviceaccount.com",
        "pusher@example-project.iam.gserviceaccount.com\u{200b}",
        "xpusher@example-project.iam.gserviceaccount.com", "pusher", "*",
    ]) func `of another account are forbidden`(_ email: String) async throws {
        let token = try TokenMint(claims: TokenMint.claims.setting("email", "\"\(email)\"")).signed()
        let identity = RefusedIdentity(email: email, audience: TokenMint.audience)
        #expect(try await Bench().rejection(token) == .forbidden(.otherServiceAccount, identity))
    }

    @Test func `with canonically equivalent texts are forbidden`() async throws {
        let bench = try Bench(audience: "cl\u{e9}", serviceAccounts: ["e\u{301}@x"])
        let good = TokenMint.claims.setting("aud", "\"cl\u{e9}\"").setting("email", "\"e\u{301}@x\"")
        #expect(await bench.verify(try TokenMint(claims: good).signed()).isVerified)
        let audience = try TokenMint(claims: good.setting("aud", "\"cle\u{301}\"")).signed()
        #expect(await bench.rejection(audience)?.reason == "other-audience")
        let email = try TokenMint(claims: good.setting("email", "\"\u{e9}@x\"")).signed()
        #expect(await bench.rejection(email)?.reason == "other-service-account")
    }

    @Test func `with an unverified address are forbidden`() async throws {
        let token = try TokenMint(claims: TokenMint.claims.setting("email_verified", "false")).signed()
        let identity = RefusedIdentity(email: TokenMint.email, audience: TokenMint.audience)
        #expect(try await Bench().rejection(token) == .forbidden(.emailNotVerified, identity))
    }

    @Test func `name nobody in a refusal unless all else is good`() async throws {
        let stranger = TokenMint.claims.setting("aud", #""x""#).setting("email", #""y""#)
        for claims: Members in [
            stranger.setting("iss", #""https://evil.example""#), stranger.setting("exp", "1"),
            stranger.setting("iat", "1"),
            stranger.removing("email_verified"),
        ] {
            let rejection = try #require(await Bench().rejection(TokenMint(claims: claims).signed()))
            #expect(rejection.refusedIdentity == nil)
        }
    }

    @Test(arguments: [
        #"{"aud":"a","aud":"b"}"#, #"{"exp":1,"\u0065xp":2}"#, "[]", #""x""#, "1", "null", "{}{}", "{} x", #"{"a":1,}"#,
        "\u{feff}{}", #"{"a":"\u0000"}"#, #"{"a":"\udc00"}"#, "{'a':1}", "", "//x\n{}", #"{"a":Infinity}"#,
    ]) func `that are not one strict JSON object are refused`(_ text: String) async throws {
        let token = try TokenMint(payloadText: Array(text.utf8)).signed()
        let expected: TokenRejection = text.isEmpty ? .emptySegment : .payloadNotJSONObject
        #expect(try await Bench().rejection(token) == expected)
    }

    @Test func `of any of several accounts are taken`() async throws {
        let bench = try Bench(serviceAccounts: ["other@x", TokenMint.email])
        #expect(await bench.verify(try TokenMint().signed()).isVerified)
    }

    @Test func `cannot be judged without an audience and accounts`() {
        #expect(throws: PushTokenPolicyError.audienceEmpty) {
            try PushTokenPolicy(audience: "", serviceAccounts: ["a"])
        }
        #expect(throws: PushTokenPolicyError.serviceAccountsEmpty) {
            try PushTokenPolicy(audience: "a", serviceAccounts: [])
        }
        #expect(throws: PushTokenPolicyError.serviceAccountEmpty) {
            try PushTokenPolicy(audience: "a", serviceAccounts: ["a", ""])
        }
    }
}
