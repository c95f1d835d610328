internal import PushTokens
internal import Testing

/// libjwt decodes on the stack and obeys the token: what the gate refuses must never get there.
@Suite struct `libjwt` {
    enum Unreachable: String, CaseIterable, Sendable {
        case tooLarge = "over 8 KiB"
        case emptySegment = "an empty segment"
        case foreignByte = "a byte outside base64url"
        case otherAlgorithm = "another alg than RS256"
        case noKnownKey = "no known key"
    }

    @Test(arguments: Unreachable.allCases) func `is never reached by a token with`(_ kind: Unreachable) async throws {
        let bench = try Bench()
        let made = try tokens(kind)
        #expect(made.count >= 4)
        for (token, expected) in made { #expect(await bench.rejection(token) == expected) }
        #expect(bench.signatureChecks == 0)
        #expect(await bench.verify(try TokenMint().signed()).verified != nil)
        #expect(bench.signatureChecks == 1, "the count works")
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
        }
    }

    @Test func `is called exactly once for a token that nothing else speaks against, and for no other`() async throws {
        let file = try TokenVectors.pushTokens()
        var calls = 0
        for vector in try file.vectors() {
            let bench = try file.bench()
            let outcome = await bench.verify(vector.token)
            let expected = outcome.rejection.map(comesAfterTheSignature) ?? true
            #expect(bench.signatureChecks == (expected ? 1 : 0), "\(vector) \(outcome.word)")
            calls += bench.signatureChecks
        }
        #expect(calls > 20)
    }

    private func comesAfterTheSignature(_ rejection: TokenRejection) -> Bool {
        switch rejection {
        case .credentialsMissing, .tokenInServerlessAuthorization, .severalAuthorizationHeaders, .schemeNotBearer,
            .schemeLetterCase, .tokenEmpty, .tokenTooLarge, .segmentCount, .emptySegment, .signatureRemoved,
            .notBase64URL, .headerNotJSONObject, .payloadNotJSONObject, .algorithmNotRS256, .keyIDMissing, .typeNotJWT,
            .forbiddenHeaderParameter, .unknownKey:
            false
        case .signatureInvalid, .claimMissing, .claimMalformed, .issuerNotGoogle, .expired, .expiresTooLate,
            .expiresBeforeIssued, .lifetimeTooLong, .issuedInFuture, .notYetValid, .forbidden:
            true
        }
    }
}
