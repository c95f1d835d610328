internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Header of a token` {
    @Test(arguments: [
        "null", "1", "true", "[]", #"["RS256"]"#, #"{"alg":"RS256"}"#, #""none""#, #""None""#, #""NONE""#, #""nOnE""#,
        #""""#,
        #""rs256""#, #""Rs256""#, #""RS256 ""#, #"" RS256""#, #""RS256\n""#, #""RS384""#, #""RS512""#, #""PS256""#,
        #""ES256""#, #""HS256""#, #""HS384""#, #""HS512""#, #""EdDSA""#, #""dir""#, #""RSA-OAEP""#, #""R\u017F256""#,
    ]) func `with another alg than RS256 is refused`(_ algorithm: String) async throws {
        let bench = try Bench()
        let token = try TokenMint(header: TokenMint.header.setting("alg", algorithm)).signed()
        #expect(await bench.rejection(token) == .algorithmNotRS256)
    }

    @Test func `without alg is refused`() async throws {
        let token = try TokenMint(header: TokenMint.header.removing("alg")).signed()
        #expect(try await Bench().rejection(token) == .algorithmNotRS256)
    }

    @Test(arguments: ["null", "1", "true", "[]", #"["first"]"#, "{}", #""""#])
    func `without a usable kid is refused`(_ keyID: String) async throws {
        let token = try TokenMint(header: TokenMint.header.setting("kid", keyID)).signed()
        #expect(try await Bench().rejection(token) == .keyIDMissing)
        let absent = try TokenMint(header: TokenMint.header.removing("kid")).signed()
        #expect(try await Bench().rejection(absent) == .keyIDMissing)
    }

    @Test(arguments: [
        "First", "FIRST", "firs", "first1", " first", "first ", "../first", "/dev/null",
        "/proc/sys/kernel/randomize_va_space",
        "' OR '1'='1", "|/bin/sh", "0", "*", "https://evil.example/k", "f\u{131}rst", "first\u{200b}", "ﬁrst",
    ]) func `with a kid that is not exactly a known one is refused`(_ keyID: String) async throws {
        let token = try TokenMint(header: TokenMint.header.setting("kid", "\"\(keyID)\"")).signed()
        #expect(try await Bench().rejection(token) == .unknownKey)
    }

    @Test func `with a kid that is canonically equivalent to a known one is refused`() async throws {
        let key = try TestKey.first.get()
        let bench = try Bench(jwks: TokenMint.jwks([("cl\u{e9}", key)]))
        let composed = try TokenMint(header: TokenMint.header.setting("kid", "\"cl\u{e9}\"")).signed()
        #expect(await bench.verify(composed).isVerified)
        let decomposed = try TokenMint(header: TokenMint.header.setting("kid", "\"cle\u{301}\"")).signed()
        #expect(await bench.rejection(decomposed) == .unknownKey)
    }

    @Test(arguments: ["1", "null", "true", "[]", #""jwt""#, #""JWT ""#, #""at+jwt""#, #""JOSE""#, #""""#])
    func `with another typ than JWT is refused`(_ type: String) async throws {
        let token = try TokenMint(header: TokenMint.header.setting("typ", type)).signed()
        #expect(try await Bench().rejection(token) == .typeNotJWT)
    }

    @Test(arguments: ForbiddenHeaderParameter.allCases, ["null", "[]", "false", #""x""#, "{}", #"["exp"]"#])
    func `with a parameter that changes its meaning is refused`(
        _ parameter: ForbiddenHeaderParameter,
        _ value: String
    ) async throws {
        let token = try TokenMint(header: TokenMint.header.setting(parameter.rawValue, value)).signed()
        #expect(try await Bench().rejection(token) == .forbiddenHeaderParameter(parameter))
    }

    @Test(arguments: [
        #"{"alg":"RS256","kid":"first","alg":"HS256"}"#, #"{"alg":"RS256","kid":"first","\u0061lg":"HS256"}"#,
        #"{"alg":"RS256","kid":"second","kid":"first"}"#, #"{"alg":"RS256","kid":"first",}"#, #"[]"#, #""x""#, "1",
        "null",
        #"{"alg":"RS256","kid":"first"} x"#, #"{"alg":"RS256","kid":"first"}{}"#,
        #"{"alg":"RS256","kid":"first\u0000"}"#,
        #"{"alg":"RS256","kid":"first","x":"\#u{0}"}"#, #"{"alg":"RS256","kid":"first","x":"\ud800"}"#, " ",
        "\u{feff}" + #"{"alg":"RS256","kid":"first"}"#, #"{'alg':'RS256','kid':'first'}"#,
        #"{"alg":"RS256","kid":"first""#,
        #"{"alg":"RS256","kid":"first","x":01}"#, #"{"alg":"RS256","kid":"first","x":NaN}"#, #"{/**/"alg":"RS256"}"#,
    ]) func `that is not one strict JSON object is refused`(_ text: String) async throws {
        let token = try TokenMint(headerText: Array(text.utf8)).signed()
        #expect(try await Bench().rejection(token) == .headerNotJSONObject)
    }

    @Test func `may lack typ, have unknown parameters and any order`() async throws {
        for header: Members in [
            TokenMint.header.removing("typ"), TokenMint.header.setting("foo", "[1]"), TokenMint.header.reversed(),
        ] {
            let token = try TokenMint(header: header).signed()
            #expect(try await Bench().verify(token).isVerified)
        }
    }
}
