internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Key confusion` {
    @Test(arguments: ["256", "384", "512"]) func `public material as a shared secret is refused, under any name`(
        _ size: String
    ) async throws {
        let bench = try Bench()
        let forms = try TestKey.first.get().publicForms()
        #expect(forms.count == 17)
        for form in forms {
            for algorithm in ["HS\(size)", "hs\(size)", "RS256"] {
                let mint = TokenMint(header: TokenMint.header.setting("alg", "\"\(algorithm)\""))
                let code = try TestKey.hmac(
                    Array(mint.signingInput.utf8),
                    secret: form.bytes,
                    digest: "SHA\(size)"
                )
                let expected: TokenRejection = algorithm == "RS256" ? .signatureInvalid : .algorithmNotRS256
                #expect(await bench.rejection(mint.with(signature: code)) == expected, "\(form.name)")
            }
        }
        #expect(bench.libjwtCalls == 0)
    }

    @Test func `libjwt alone would have taken one of them`() throws {
        // What the gate is for; should this ever fail, a newer libjwt has learnt to pin the algorithm.
        let key = try TestKey.first.get()
        let pem = try key.publicPEM()
        let mint = TokenMint(header: TokenMint.header.setting("alg", #""HS256""#))
        let code = try TestKey.hmac(Array(mint.signingInput.utf8), secret: pem, digest: "SHA256")
        #expect(BareLibjwt.accepts(mint.with(signature: code), pem: pem))
        #expect(!BareLibjwt.accepts(mint.with(signature: [1, 2, 3]), pem: pem))
    }

    /// The zero signatures of CVE-2022-21449: raw, in DER, and of an RSA signature's size.
    @Test(arguments: [
        [UInt8](repeating: 0, count: 64), [0x30, 6, 2, 1, 0, 2, 1, 0], [UInt8](repeating: 0, count: 256), [0],
    ]) func `a signature of zeros is refused for every algorithm`(_ signature: [UInt8]) async throws {
        let bench = try Bench()
        for algorithm in ["ES256", "ES256K", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS384", "RS512"] {
            let mint = TokenMint(header: TokenMint.header.setting("alg", "\"\(algorithm)\""))
            #expect(await bench.rejection(mint.with(signature: signature)) == .algorithmNotRS256)
        }
        #expect(bench.libjwtCalls == 0)
        #expect(await bench.rejection(TokenMint().with(signature: signature)) == .signatureInvalid)
    }

    @Test func `a good signature does not help a token that names another algorithm`() async throws {
        let bench = try Bench()
        let key = try TestKey.first.get()
        for (algorithm, digest, pss) in [
            ("RS384", "SHA384", false), ("RS512", "SHA512", false), ("PS256", "SHA256", true),
            ("rs256", "SHA256", false),
            ("none", "SHA256", false),
        ] {
            let mint = TokenMint(header: TokenMint.header.setting("alg", "\"\(algorithm)\""))
            let signature = try key.sign(Array(mint.signingInput.utf8), digest: digest, pss: pss)
            #expect(await bench.rejection(mint.with(signature: signature)) == .algorithmNotRS256)
        }
        #expect(bench.libjwtCalls == 0)
    }
}
