internal import PushTokens
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct `Push token verifier` {
    @Test func `remembers no forgery and no stranger`() async throws {
        let bench = try Bench()
        let stranger = try TokenMint(claims: TokenMint.claims.setting("aud", #""x""#)).signed()
        let expired = try TokenMint(claims: TokenMint.claims.setting("exp", "1")).signed()
        let forged = try TokenMint().signed(by: ThrowAwayKey.second.get())
        for token in [stranger, expired, forged] {
            for _ in 0..<2 { #expect(await bench.rejection(token) != nil) }
        }
        #expect(bench.verifier.rememberedTokens == 0)
    }

    @Test func `judges a remembered token anew each time and forgets it when it has expired`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        for _ in 0..<3 { #expect(await bench.verify(token).verified != nil) }
        #expect(bench.verifier.rememberedTokens == 1)
        bench.clock.advance(3560)
        #expect(await bench.rejection(token) == .expired)
        #expect(bench.verifier.rememberedTokens == 0)
    }

    @Test func `does not mistake a token for a remembered one that differs in a byte`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        #expect(await bench.verify(token).verified != nil)
        let altered = token.dropLast(5) + (token.hasSuffix("AAAAA") ? "BBBBA" : "AAAAA")
        #expect(await bench.rejection(String(altered)) != nil)
        #expect(bench.verifier.rememberedTokens == 1)
    }

    @Test func `remembers as many tokens as the limit, and not one more`() async throws {
        #expect(VerdictCache.capacity == 1024)
        let bench = try Bench(rememberedTokens: 8)
        for number in 0...8 {
            let token = try TokenMint(claims: TokenMint.claims.setting("jti", "\(number)")).signed()
            #expect(await bench.verify(token).verified != nil)
            #expect(bench.verifier.rememberedTokens == min(number + 1, 8))
        }
    }

    @Test func `checks the signature of a remembered token no more`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        for _ in 0..<100 { #expect(await bench.verify(token).verified != nil) }
        #expect(bench.signatureChecks == 1)
    }

    @Test func `forgets the token first that was not used for the longest time`() async throws {
        let bench = try Bench(rememberedTokens: 2)
        let tokens = try (0..<3).map {
            try TokenMint(claims: TokenMint.claims.setting("jti", "\($0)")).signed()
        }
        // 0 is used after 1 came in, so 2 takes the place of 1.
        for (token, checks) in [(0, 1), (1, 2), (0, 2), (2, 3), (0, 3), (2, 3), (1, 4)] {
            #expect(await bench.verify(tokens[token]).verified != nil)
            #expect(bench.signatureChecks == checks)
        }
    }

    @Test func `checks the signature anew once the key is another`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        #expect(await bench.verify(token).verified != nil)
        let both = TokenMint.jwks([
            ("first", try ThrowAwayKey.first.get()), ("second", try ThrowAwayKey.second.get()),
        ])
        bench.transport.answer(.success(.keys(both)))
        bench.clock.advance(3540)
        _ = try await bench.cache.renewed(after: bench.cache.current())
        #expect(await bench.verify(token).verified != nil)
        #expect(bench.signatureChecks == 1, "a newer set with the same key changes nothing")
        bench.transport.answer(.success(.keys(TokenMint.jwks([("first", try ThrowAwayKey.second.get())]))))
        bench.clock.advance(30)
        _ = try await bench.cache.renewed(after: bench.cache.current())
        #expect(await bench.rejection(token) == .signatureInvalid)
        #expect(bench.signatureChecks == 2)
    }

    @Test func `checks many different tokens at once, each for itself`() async throws {
        let bench = try Bench(concurrentChecks: 1)
        let wrong = try ThrowAwayKey.second.get()
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
    }

    @Test func `makes one check for a thousand pushes that bring the same token at once, good or forged`() async throws
    {
        for key in [ThrowAwayKey.first, ThrowAwayKey.second] {
            let bench = try Bench(concurrentChecks: 1, waitingChecks: 1)
            let token = try TokenMint().signed(by: key.get())
            _ = try await bench.cache.current()
            await withTaskGroup(of: String.self) { group in
                for _ in 0..<1000 { group.addTask { await bench.verify(token).word } }
                for await word in group { #expect(word == "verified" || word == "signature-invalid") }
            }
            // Those that come when it is over make the next one, unless the token is remembered by then.
            #expect(bench.signatureChecks < 500)
        }
    }

    @Test func `is overloaded when no check may run or wait, which costs malformed tokens nothing`() async throws {
        let bench = try Bench(concurrentChecks: 0, waitingChecks: 0)
        #expect(await bench.verify(try TokenMint().signed()).isOverloaded)
        #expect(await bench.rejection("a.b") == .segmentCount)
    }
}
