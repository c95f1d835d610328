internal import COpenSSL
internal import PushTokens
internal import TestSupport
internal import Testing
internal import Timestamps

@Suite(.timeLimit(.minutes(5))) struct `Push token verifier` {
    @Test func `remembers no forgery and no stranger`() async throws {
        let bench = try Bench()
        let stranger = try TokenMint(claims: TokenMint.claims.setting("aud", #""x""#)).signed()
        let expired = try TokenMint(claims: TokenMint.claims.setting("exp", "1")).signed()
        let forged = try TokenMint().signed(by: TestKey.second.get())
        for token in [stranger, expired, forged] {
            for _ in 0..<2 { #expect(await bench.rejection(token) != nil) }
        }
        #expect(bench.verifier.rememberedTokens == 0)
    }

    @Test func `judges a remembered token anew each time, by the clock that it then is`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        for _ in 0..<3 { #expect(await bench.verify(token).isVerified) }
        bench.clock.set(Instant(seconds: TokenMint.now - 161))
        #expect(await bench.rejection(token) == .expiresTooLate)
        bench.clock.set(Instant(seconds: TokenMint.now + 3560))
        #expect(await bench.rejection(token) == .expired)
        bench.clock.set(Instant(seconds: TokenMint.now))
        #expect(await bench.verify(token).isVerified)
        #expect(bench.libjwtCalls == 1)
    }

    @Test func `remembers a token until its exp, and not for the clock skew beyond it`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        for (seconds, calls) in [(0, 1), (3499, 1), (1, 2), (59, 3)] as [(Int64, Int)] {
            bench.clock.advance(.seconds(seconds))
            #expect(await bench.verify(token).isVerified)
            #expect(bench.libjwtCalls == calls)
        }
        bench.clock.advance(.seconds(1))
        #expect(await bench.rejection(token) == .expired)
        #expect(bench.libjwtCalls == 3)
    }

    @Test func `does not mistake a token for a remembered one that differs in a byte`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        #expect(await bench.verify(token).isVerified)
        let altered = token.dropLast(5) + (token.hasSuffix("AAAAA") ? "BBBBA" : "AAAAA")
        #expect(await bench.rejection(String(altered)) != nil)
        #expect(bench.verifier.rememberedTokens == 1)
    }

    @Test func `remembers as many tokens as the limit, and not one more`() async throws {
        #expect(VerifiedTokenCache.capacity == 1024)
        let bench = try Bench(rememberedTokens: 8)
        for number in 0...8 {
            let token = try TokenMint(claims: TokenMint.claims.setting("jti", "\(number)")).signed()
            #expect(await bench.verify(token).isVerified)
            #expect(bench.verifier.rememberedTokens == min(number + 1, 8))
        }
    }

    @Test func `asks libjwt about a remembered token no more`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        for _ in 0..<100 { #expect(await bench.verify(token).isVerified) }
        #expect(bench.libjwtCalls == 1)
    }

    @Test func `forgets the token first that expires first`() async throws {
        let bench = try Bench(rememberedTokens: 2)
        let tokens = try [3000, 2000, 3600].map { (life: Int64) in
            try TokenMint(claims: TokenMint.claims.setting("exp", "\(1_700_000_000 + life)")).signed()
        }
        // 2 takes the place of 1, which then takes that of 0.
        for (token, calls) in [(0, 1), (1, 2), (0, 2), (2, 3), (0, 3), (2, 3), (1, 4), (2, 4), (0, 5)] {
            #expect(await bench.verify(tokens[token]).isVerified)
            #expect(bench.libjwtCalls == calls)
        }
    }

    @Test func `verifies a remembered token anew with each new key set`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        #expect(await bench.verify(token).isVerified)
        let both = TokenMint.jwks([
            ("first", try TestKey.first.get()), ("second", try TestKey.second.get()),
        ])
        bench.transport.answer(.success(.keys(both)))
        bench.clock.advance(.seconds(3000))
        _ = try await bench.cache.renewed(after: bench.cache.current())
        #expect(await bench.verify(token).isVerified)
        #expect(bench.libjwtCalls == 2)
        #expect(await bench.verify(token).isVerified)
        #expect(bench.libjwtCalls == 2)
        bench.transport.answer(.success(.keys(TokenMint.jwks([("first", try TestKey.second.get())]))))
        bench.clock.advance(.seconds(30))
        _ = try await bench.cache.renewed(after: bench.cache.current())
        #expect(await bench.rejection(token) == .signatureInvalid)
        #expect(bench.libjwtCalls == 2)
    }

    @Test func `checks many different tokens at once, each for itself`() async throws {
        let bench = try Bench()
        let wrong = try TestKey.second.get()
        await withTaskGroup(of: (Int, String).self) { group in
            for number in 0..<200 {
                group.addTask {
                    let mint = TokenMint(claims: TokenMint.claims.setting("jti", "\(number)"))
                    guard let token = try? mint.signed(by: number % 2 == 0 ? nil : wrong) else { return (number, "") }
                    return (number, await bench.verify(token).word)
                }
            }
            for await (number, word) in group { #expect(word == (number % 2 == 0 ? "verified" : "signature-invalid")) }
        }
        #expect(bench.verifier.rememberedTokens == 100)
        #expect(bench.libjwtCalls == 100)
    }

    @Test func `asks libjwt once per thread for a thousand pushes that bring the same new token at a cold start`()
        async throws
    {
        let bench = try Bench()
        let token = try TokenMint().signed()
        bench.transport.hang()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<1000 { group.addTask { await bench.verify(token).isVerified } }
            while bench.transport.requests.isEmpty { await Task.yield() }
            bench.transport.proceed()
            for await isVerified in group { #expect(isVerified) }
        }
        // Those that find it remembered ask no more; the pool has a thread per processor.
        #expect((1...64).contains(bench.libjwtCalls))
        #expect(bench.verifier.rememberedTokens == 1)
    }

    @Test func `leaves nothing in OpenSSL's error queue`() async throws {
        let bench = try Bench()
        #expect(await bench.verify(try TokenMint().signed()).isVerified)
        let forged = try TokenMint().signed(by: TestKey.second.get())
        let unreadable = try TokenMint(claims: TokenMint.claims.setting("other", "1e400")).signed()
        for token in [forged, TokenMint().with(signature: [1]), unreadable] {
            ERR_clear_error()
            // With its keys at hand the verifier waits for nothing, so this is one thread throughout.
            #expect(await bench.rejection(token) == .signatureInvalid)
            #expect(ERR_peek_error() == 0)
        }
    }
}
