internal import PushTokens
internal import TestSupport
internal import Testing

/// libjwt decodes on the stack, obeys the token and takes 0.4 ms: what anything else speaks against never gets there.
@Suite struct `libjwt` {
    enum Unreachable: String, CaseIterable, Sendable {
        case tooLarge = "over 8 KiB"
        case emptySegment = "an empty segment"
        case foreignByte = "a byte outside base64url"
        case otherAlgorithm = "another alg than RS256"
        case noKnownKey = "no known key"
        case otherSignature = "a signature that is not the key's"
        case strangeClaims = "claims that are not those of a push"
    }

    @Test(arguments: Unreachable.allCases) func `is never reached by a token with`(_ kind: Unreachable) async throws {
        let bench = try Bench()
        let made = try tokens(kind)
        #expect(made.count >= 4)
        for (token, expected) in made { #expect(await bench.rejection(token) == expected) }
        #expect(bench.libjwtCalls == 0)
        #expect(await bench.verify(try TokenMint().signed()).isVerified)
        #expect(bench.libjwtCalls == 1, "the count works")
        for (token, expected) in made { #expect(await bench.rejection(token) == expected) }
        #expect(bench.libjwtCalls == 1)
        #expect(bench.verifier.rememberedTokens == 1)
    }

    private func tokens(_ kind: Unreachable) throws -> [(String, TokenRejection)] {
        let good = try TokenMint().signed()
        let parts = good.split(separator: ".").map(String.init)
        switch kind {
        case .tooLarge:
            let filler = String(repeating: "x", count: CompactToken.maximumBytes)
            let signed = try TokenMint(claims: TokenMint.claims.setting("filler", "\"\(filler)\"")).signed()
            let nested = String(repeating: "[", count: 9000)
            return [
                signed, good + String(repeating: "A", count: CompactToken.maximumBytes),
                String(repeating: "A", count: 9_000_000), try TokenMint(payloadText: Array(nested.utf8)).signed(),
                String(repeating: ".", count: CompactToken.maximumBytes + 1),
            ].map { ($0, .tokenTooLarge) }
        case .emptySegment:
            return [
                "..", ".\(parts[1]).\(parts[2])", "\(parts[0])..\(parts[2])", "\(parts[0]).\(parts[1]).", ".x.y",
                "x..y", "x.y.",
                "..\(parts[2])", ".\(parts[1]).", "\(parts[0])..",
            ].map { ($0, .emptySegment) }
        case .foreignByte:
            let foreign = (0...255 as ClosedRange<UInt8>).filter {
                !TokenMint.alphabet.contains($0) && $0 != UInt8(ascii: ".") && $0 < 0x80
            }
            return foreign.flatMap { byte in
                parts.indices.map { position in
                    var altered = parts
                    altered[position] += String(decoding: [byte], as: UTF8.self)
                    return (altered.joined(separator: "."), .notBase64URL)
                }
            }
        case .otherAlgorithm:
            let names = [
                "none", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256", "RS256 ", "",
            ]
            return try names.map {
                (try TokenMint(header: TokenMint.header.setting("alg", "\"\($0)\"")).signed(), .algorithmNotRS256)
            } + [(try TokenMint(header: TokenMint.header.removing("alg")).signed(), .algorithmNotRS256)]
        case .noKnownKey:
            return try ["second", "First", "firs", "firstt", "../first"].map {
                (try TokenMint(header: TokenMint.header.setting("kid", "\"\($0)\"")).signed(), .unknownKey)
            }
        case .otherSignature:
            let mint = TokenMint()
            let key = try TestKey.first.get()
            let input = Array(mint.signingInput.utf8)
            let forgeries = PaddingForgeries(digest: try TestKey.sha256(input), size: key.modulus.count).all
            let signatures =
                try forgeries.map { try key.signRaw($0.block) } + [
                    try key.sign(input, digest: "SHA1"), try key.sign(input, pss: true),
                    try TestKey.second.get().sign(input), [UInt8](repeating: 0, count: 256), [0], key.modulus,
                ]
            return signatures.map { (mint.with(signature: $0), .signatureInvalid) }
        case .strangeClaims:
            func signed(_ name: String, _ value: String) throws -> String {
                try TokenMint(claims: TokenMint.claims.setting(name, value)).signed()
            }
            let other = RefusedIdentity(email: TokenMint.email, audience: "x")
            let changed: [(String, String, TokenRejection)] = [
                ("iss", #""x""#, .issuerNotGoogle), ("exp", "1", .expired), ("exp", "1800000000", .expiresTooLate),
                ("iat", "1700001000", .issuedInFuture), ("iat", "0", .lifetimeTooLong),
                ("nbf", "1700001000", .notYetValid), ("aud", #""x""#, .forbidden(.otherAudience, other)),
                ("exp", "18446744073709551616", .claimMalformed(.expiry)), ("sub", "1", .claimMalformed(.subject)),
            ]
            return try changed.map { (try signed($0, $1), $2) }
                + TokenClaim.allCases.filter { $0 != .notBefore && $0 != .subject }.map {
                    (try TokenMint(claims: TokenMint.claims.removing($0.rawValue)).signed(), .claimMissing($0))
                }
        }
    }

    @Test func `is called exactly once for a token that passes everything, and never for any other`() async throws {
        let file = try TokenVectors.pushTokens()
        var calls = 0
        for vector in try file.vectors() {
            let bench = try file.bench()
            let outcome = await bench.verify(vector.token)
            #expect(bench.libjwtCalls == (outcome.isVerified ? 1 : 0), "\(vector) \(outcome.word)")
            calls += bench.libjwtCalls
        }
        #expect(calls > 5)
    }

    @Test func `is not called by a flood of forged tokens, beside which known ones are taken`() async throws {
        let bench = try Bench()
        let known = try TokenMint().signed()
        #expect(await bench.verify(known).isVerified)
        let mint = TokenMint()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    // A signature of its own each, below every modulus of that size.
                    let signature = [0] + (1...255).map { UInt8(truncatingIfNeeded: number &* $0) }
                    #expect(await bench.rejection(mint.with(signature: signature)) == .signatureInvalid)
                    #expect(await bench.verify(known).isVerified)
                }
            }
        }
        #expect(bench.libjwtCalls == 1)
        #expect(bench.verifier.rememberedTokens == 1)
    }

    /// What jansson, with which libjwt reads, has no number for.
    @Test(arguments: ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "1e400"])
    func `has the last word where OpenSSL and the claims speak for a token`(_ number: String) async throws {
        let bench = try Bench()
        let inClaims = try TokenMint(claims: TokenMint.claims.setting("other", number)).signed()
        let inHeader = try TokenMint(header: TokenMint.header.setting("other", number)).signed()
        for (calls, token) in [inClaims, inHeader, inClaims, inHeader].enumerated() {
            #expect(await bench.rejection(token) == .signatureInvalid)
            #expect(bench.libjwtCalls == calls + 1)
        }
        #expect(bench.verifier.rememberedTokens == 0)
    }

    @Test func `that accepts everything lets nothing more in, and one that refuses everything lets nobody in`()
        async throws
    {
        let forged = try TokenMint().signed(by: TestKey.second.get())
        let good = try TokenMint().signed()
        let blind = try Bench(libjwt: LibjwtCheck { _, _ in true })
        #expect(await blind.rejection(forged) == .signatureInvalid)
        #expect(await blind.verify(good).isVerified)
        let stubborn = try Bench(libjwt: LibjwtCheck { _, _ in false })
        #expect(await stubborn.rejection(good) == .signatureInvalid)
        #expect(stubborn.verifier.rememberedTokens == 0)
    }
}
