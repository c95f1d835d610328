internal import PushTokens
internal import Testing

/// Header and payload that are signed and are no strict JSON.
@Suite struct `Text of a token` {
    /// Not UTF-8 (RFC 3629, section 3), in the place of the `@` of a text.
    static let invalid: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE2, 0x82], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0xAF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
        [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xC3, 0x28],
    ]

    private func replacing(_ text: String, with bytes: [UInt8]) -> [UInt8] {
        text.utf8.flatMap { $0 == UInt8(ascii: "@") ? bytes : [$0] }
    }

    @Test(arguments: invalid) func `that is not UTF-8 is refused`(_ bytes: [UInt8]) async throws {
        let bench = try Bench()
        let header = replacing(TokenMint.header.setting("x", #""@""#).json, with: bytes)
        #expect(await bench.rejection(try TokenMint(headerText: header).signed()) == .headerNotJSONObject)
        for claim in ["x", "aud", "email", "iss", "sub"] {
            let payload = replacing(TokenMint.claims.setting(claim, #""@""#).json, with: bytes)
            #expect(await bench.rejection(try TokenMint(payloadText: payload).signed()) == .payloadNotJSONObject)
        }
        #expect(bench.libjwtCalls == 0)
    }

    @Test func `in another encoding than UTF-8 is refused`() async throws {
        let bench = try Bench()
        let json = TokenMint.claims.json
        let wide = json.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let swapped = json.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let widest = json.unicodeScalars.flatMap { [UInt8($0.value & 0xFF), 0, 0, 0] }
        for payload in [
            wide, [0xFF, 0xFE] + wide, swapped, [0xFE, 0xFF] + swapped, widest, [0xEF, 0xBB, 0xBF] + Array(json.utf8),
        ] {
            #expect(await bench.rejection(try TokenMint(payloadText: payload).signed()) == .payloadNotJSONObject)
        }
    }

    @Test(arguments: [
        "NaN", "Infinity", "-Infinity", "+1", "01", "1.", ".1", "1e", "0x10", "1_000", "--1", "1700003600L",
        "١٧٠٠٠٠٣٦٠٠", "undefined",
        "'1'", "1 2", "TRUE", "nul", "\"a\u{8}\"", "\"\\x41\"", "\"\\u12\"", "\"\t\"", "\"\\ud800\\u0041\"", "[1,]",
        "[,1]", "{\"a\":1,}",
        "{\"a\" 1}", "{a:1}", "[1", "(1)",
    ]) func `with a value that is no JSON is refused, whichever claim has it`(_ value: String) async throws {
        let bench = try Bench()
        for claim in TokenClaim.allCases.map(\.rawValue) + ["other"] {
            let token = try TokenMint(claims: TokenMint.claims.setting(claim, value)).signed()
            #expect(await bench.rejection(token) == .payloadNotJSONObject)
        }
        #expect(bench.libjwtCalls == 0)
    }

    @Test func `that names a member twice is refused, in whatever spelling`() async throws {
        let bench = try Bench()
        for (name, spelling) in [
            ("aud", "aud"), ("aud", "\\u0061ud"), ("email", "em\\u0061il"), ("exp", "e\\u0078p"),
            ("iss", "\\u0069\\u0073\\u0073"),
            ("email_verified", "email\\u005fverified"), ("other", "other"),
        ] {
            for value in [#""https://evil.example""#, "9999999999", "true"] {
                for doubled in [
                    TokenMint.claims.setting("other", "1") + [(spelling, value)],
                    [(spelling, value)] + TokenMint.claims.setting("other", "1"),
                ] {
                    #expect(doubled.contains { $0.name == name })
                    let token = try TokenMint(claims: doubled).signed()
                    #expect(await bench.rejection(token) == .payloadNotJSONObject)
                }
            }
        }
        let nested = try TokenMint(claims: TokenMint.claims.setting("other", #"{"a":1,"a":2}"#)).signed()
        #expect(await bench.rejection(nested) == .payloadNotJSONObject)
    }

    @Test func `may have white space, escapes and unknown members where JSON allows them`() async throws {
        let bench = try Bench()
        let spaced =
            " \n\t{ \(TokenMint.claims.map { "\"\($0.name)\" : \($0.value)" }.joined(separator: " ,\r\n")) } \n"
        #expect(await bench.verify(try TokenMint(payloadText: Array(spaced.utf8)).signed()).isVerified)
        let escaped = TokenMint.claims.setting("iss", #""https:\/\/accounts.google.com""#)
            .setting("email", #""pusher\u0040example-project.iam.gserviceaccount.com""#)
        #expect(await bench.verify(try TokenMint(claims: escaped).signed()).isVerified)
        let more = TokenMint.claims.setting("hd", #""é\u0301🔑""#).setting("google", #"{"compute_engine":{"zone":"z"}}"#)
        #expect(await bench.verify(try TokenMint(claims: more).signed()).isVerified)
    }
}
