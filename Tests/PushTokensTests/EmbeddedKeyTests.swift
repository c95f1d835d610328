internal import HTTPTransport
internal import PushTokens
internal import TestSupport
internal import Testing

/// Tokens that bring their own key, their own rules or another token along.
@Suite struct `Tokens that bring something along` {
    @Test(arguments: ["jwk", "jku", "x5u", "x5c"], ["first", "attacker"])
    func `such as a key are refused, and nothing is fetched`(
        _ parameter: String,
        _ keyID: String
    ) async throws {
        // CVE-2018-0114: the attacker's key is in the token, or where the token says.
        let attacker = try TestKey.second.get()
        let forms = try attacker.publicForms()
        let certificate = try #require(forms.first { $0.name == "DER of a certificate" }).bytes
        let values = [
            "jwk": TokenMint.jwk(keyID, attacker).json, "jku": #""https://evil.example/keys""#,
            "x5u": #""https://evil.example/chain""#, "x5c": "[\"\(TokenMint.base64URL(certificate))\"]",
        ]
        let bench = try Bench()
        _ = try await bench.cache.current()
        let header = TokenMint.header.setting("kid", "\"\(keyID)\"").setting(parameter, try #require(values[parameter]))
        let token = try TokenMint(header: header).signed(by: attacker)
        let expected = try #require(ForbiddenHeaderParameter(rawValue: parameter))
        #expect(await bench.rejection(token) == .forbiddenHeaderParameter(expected))
        #expect(bench.transport.requests.map(\.url) == [Bench.url])
        #expect(bench.libjwtCalls == 0)
    }

    @Test(arguments: ["https://evil.example/keys", "file:///dev/null", "http://169.254.169.254/", "first/../second"])
    func `such as an address in their kid are refused, and nothing but the key set is fetched`(_ address: String)
        async throws
    {
        let bench = try Bench()
        let header = TokenMint.header.setting("kid", "\"\(address)\"")
        #expect(await bench.rejection(try TokenMint(header: header).signed()) == .unknownKey)
        #expect(bench.transport.requests.allSatisfy { $0.url == Bench.url })
    }

    @Test(arguments: [
        "[]", #"["exp"]"#, #"["exp","exp"]"#, #"["b64"]"#, #"[1,"exp"]"#, #"["alg"]"#, #"[""]"#, "null", "{}",
        #""exp""#, "true",
        #"["http://example.invalid/UNDEFINED"]"#,
    ]) func `such as extensions that must be understood are refused`(_ critical: String) async throws {
        let header = TokenMint.header.setting("crit", critical).setting("http://example.invalid/UNDEFINED", "true")
        let token = try TokenMint(header: header).signed()
        #expect(try await Bench().rejection(token) == .forbiddenHeaderParameter(.critical))
    }

    @Test func `such as a payload that is not encoded are refused`() async throws {
        // RFC 7797: what is signed is the bare payload, which could hold any bytes but a full stop.
        let bench = try Bench()
        let key = try TestKey.first.get()
        let header = TokenMint.header.setting("b64", "false").setting("crit", #"["b64"]"#)
        let start = TokenMint.base64URL(Array(header.json.utf8))
        let bare = TokenMint.claims.setting("aud", #""x""#).setting("email", #""x""#).setting("iss", #""x""#).json
        let signature = TokenMint.base64URL(try key.sign(Array("\(start).\(bare)".utf8)))
        #expect(await bench.rejection("\(start).\(bare).\(signature)") == .notBase64URL)
        #expect(await bench.rejection("\(start)..\(signature)") == .emptySegment)
        let encoded = TokenMint.base64URL(Array(bare.utf8))
        #expect(await bench.rejection("\(start).\(encoded).\(signature)") == .forbiddenHeaderParameter(.critical))
        let lax = try TokenMint(header: TokenMint.header.setting("b64", "false")).signed()
        #expect(await bench.rejection(lax) == .forbiddenHeaderParameter(.base64))
        #expect(bench.libjwtCalls == 0)
    }

    @Test func `such as another token are refused`() async throws {
        let bench = try Bench()
        let inner = try TokenMint().signed()
        for payload in [inner, "\"\(inner)\"", "[\"\(inner)\"]"] {
            let token = try TokenMint(payloadText: Array(payload.utf8)).signed()
            #expect(await bench.rejection(token) == .payloadNotJSONObject)
        }
        let declared = try TokenMint(header: TokenMint.header.setting("cty", #""JWT""#)).signed()
        #expect(await bench.rejection(declared) == .forbiddenHeaderParameter(.contentType))
        let wrapped = try TokenMint(claims: [("jwt", "\"\(inner)\"")]).signed()
        #expect(await bench.rejection(wrapped) == .claimMissing(.issuer))
        #expect(await bench.rejection("\(inner).\(inner)") == .segmentCount)
        #expect(await bench.rejection(".\(inner)") == .segmentCount)
    }

    @Test func `such as encryption are refused`() async throws {
        let bench = try Bench()
        let encrypted: Members = [("alg", #""RSA-OAEP""#), ("enc", #""A256GCM""#), ("kid", #""first""#)]
        let start = TokenMint.base64URL(Array(encrypted.json.utf8))
        #expect(await bench.rejection("\(start).YQ.YQ.YQ.YQ") == .segmentCount)
        #expect(await bench.rejection("\(start)..YQ.YQ.YQ") == .segmentCount)
        #expect(await bench.rejection("\(start).e30.YQ") == .algorithmNotRS256)
        let disguised = try TokenMint(header: TokenMint.header.setting("enc", #""A256GCM""#)).signed()
        #expect(await bench.rejection(disguised) == .forbiddenHeaderParameter(.encryption))
    }

    @Test func `in another serialization are refused`() async throws {
        let bench = try Bench()
        let parts = try TokenMint().signed().split(separator: ".")
        let flattened = #"{"protected":"\#(parts[0])","payload":"\#(parts[1])","signature":"\#(parts[2])"}"#
        let general =
            #"{"payload":"\#(parts[1])","signatures":[{"protected":"\#(parts[0])","signature":"\#(parts[2])"}]}"#
        for text in [flattened, general, "[\(flattened)]"] { #expect(await bench.rejection(text) == .segmentCount) }
    }
}
