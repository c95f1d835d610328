internal import PushTokens
internal import Testing

@Suite struct `Framing of a token` {
    @Test(arguments: [
        ("", TokenRejection.tokenEmpty), ("a", .segmentCount), ("YQ.YQ", .segmentCount), ("YQ.YQ.YQ.YQ", .segmentCount),
        ("YQ.YQ.YQ.", .segmentCount), ("YQ.YQ.YQ.YQ.YQ", .segmentCount), ("..", .emptySegment),
        (".YQ.YQ", .emptySegment),
        ("YQ..YQ", .emptySegment), ("YQ.YQ.", .emptySegment), (#"{"payload":"YQ","signatures":[]}"#, .segmentCount),
        ("YQ.YQ.SIGNATURE_REMOVED_BY_GOOGLE", .signatureRemoved),
        ("!.!.SIGNATURE_REMOVED_BY_GOOGLE", .signatureRemoved),
        ("YQ.YQ.XSIGNATURE_REMOVED_BY_GOOGLE", .headerNotJSONObject),
    ]) func `that is not three full segments is refused`(_ token: String, _ expected: TokenRejection) async throws {
        let bench = try Bench()
        #expect(await bench.rejection(token) == expected)
    }

    @Test(arguments: ["=", "==", " ", "\n", "\r\n", "+", "/", "!!", "\u{0}", "A=", "\u{e9}", ",", "%3D", "\t"])
    func `with foreign bytes in any segment is refused`(_ junk: String) async throws {
        let bench = try Bench()
        let parts = try TokenMint().signed().split(separator: ".").map(String.init)
        for position in parts.indices {
            for atEnd in [true, false] {
                var altered = parts
                altered[position] = atEnd ? altered[position] + junk : junk + altered[position]
                #expect(await bench.rejection(altered.joined(separator: ".")) == .notBase64URL)
            }
        }
    }

    @Test func `whose last character has unused bits set is refused`() async throws {
        let bench = try Bench()
        let token = try TokenMint().signed()
        #expect(await bench.verify(token).isVerified)
        // 256 bytes of signature leave 4 unused bits in the last of its 342 characters.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = try #require(token.last.flatMap { alphabet.firstIndex(of: $0) })
        for bits in 1..<16 {
            #expect(await bench.rejection(token.dropLast() + String(alphabet[last + bits])) == .notBase64URL)
        }
    }

    @Test func `up to the largest size is taken, and one byte more is not`() async throws {
        let bench = try Bench()
        func token(filler: Int) throws -> String {
            let text = "\"\(String(repeating: "x", count: filler))\""
            return try TokenMint(claims: TokenMint.claims.setting("filler", text)).signed()
        }
        let base = try token(filler: 0).utf8.count
        var sizes: Set<Int> = []
        for filler
            in ((CompactToken.maximumBytes - base) * 3 / 4 - 4)...((CompactToken.maximumBytes - base) * 3 / 4 + 4)
        {
            let token = try token(filler: filler)
            sizes.insert(token.utf8.count)
            let expected: TokenRejection? = token.utf8.count > CompactToken.maximumBytes ? .tokenTooLarge : nil
            #expect(await bench.rejection(token) == expected)
        }
        #expect(sizes.contains(CompactToken.maximumBytes) || sizes.contains(CompactToken.maximumBytes - 1))
        #expect(sizes.contains(CompactToken.maximumBytes + 1))
    }

    @Test func `of megabytes is refused without harm`() async throws {
        let bench = try Bench()
        let huge = String(repeating: "A", count: 9_000_000)
        #expect(await bench.rejection("\(huge).\(huge).\(huge)") == .tokenTooLarge)
    }

    @Test func `may nest to the limit and not one deeper`() async throws {
        let bench = try Bench()
        for (depth, expected) in [
            (CompactToken.maximumDepth, nil), (CompactToken.maximumDepth + 1, TokenRejection.payloadNotJSONObject),
        ] {
            let brackets = depth - 1
            let text = String(repeating: "[", count: brackets) + String(repeating: "]", count: brackets)
            let token = try TokenMint(claims: TokenMint.claims.setting("nested", text)).signed()
            #expect(await bench.rejection(token) == expected)
        }
    }
}
