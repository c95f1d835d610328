internal import PushTokens
internal import Testing

@Suite struct `Signature of a token` {
    @Test(arguments: ["SHA256", "SHA384", "SHA512"], ["PEM", "modulus", "kid", "empty"])
    func `made with public material as a shared secret is refused`(_ digest: String, _ secret: String) async throws {
        let key = try ThrowAwayKey.first.get()
        let pem = try #require(try KeySet(jwks: TokenMint.jwks([("first", key)])).key(Array("first".utf8))).pem
        let secrets = ["PEM": pem, "modulus": key.modulus, "kid": Array("first".utf8), "empty": []]
        let bytes = try #require(secrets[secret])
        let bench = try Bench()
        // Said openly, and under a false name.
        let named = TokenMint(header: TokenMint.header.setting("alg", "\"HS\(digest.dropFirst(3))\""))
        for (mint, expected) in [(named, TokenRejection.algorithmNotRS256), (TokenMint(), .signatureInvalid)] {
            let code = try ThrowAwayKey.hmac(Array(mint.signingInput.utf8), secret: bytes, digest: digest)
            #expect(await bench.rejection(mint.with(signature: code)) == expected)
        }
    }

    @Test func `of another kind than the header says is refused`() async throws {
        let bench = try Bench()
        let key = try ThrowAwayKey.first.get()
        let mint = TokenMint()
        let input = Array(mint.signingInput.utf8)
        for digest in ["SHA1", "SHA384", "SHA512"] {
            let token = mint.with(signature: try key.sign(input, digest: digest))
            #expect(await bench.rejection(token) == .signatureInvalid)
        }
        #expect(await bench.rejection(mint.with(signature: try key.sign(input, pss: true))) == .signatureInvalid)
    }

    @Test func `by another key is refused, even one of the same set`() async throws {
        let first = try ThrowAwayKey.first.get()
        let second = try ThrowAwayKey.second.get()
        let bench = try Bench(jwks: TokenMint.jwks([("first", first), ("second", second)]))
        #expect(await bench.rejection(try TokenMint().signed(by: second)) == .signatureInvalid)
        let header = TokenMint.header.setting("kid", #""second""#)
        #expect(await bench.rejection(try TokenMint(header: header).signed(by: first)) == .signatureInvalid)
        #expect(await bench.verify(try TokenMint(header: header).signed(by: second)).verified != nil)
    }

    @Test func `that is cut, stretched, zero, one or moved by the modulus is refused`() async throws {
        let bench = try Bench()
        let key = try ThrowAwayKey.first.get()
        let mint = TokenMint()
        let good = try key.sign(Array(mint.signingInput.utf8))
        var flipped = good
        flipped[100] ^= 1
        let zero = [UInt8](repeating: 0, count: good.count)
        let forgeries: [[UInt8]] = [
            Array(good.dropLast()), Array(good.dropFirst()), good + [0], [0] + good, good + good, [0], [1], zero,
            Array(zero.dropLast()) + [1], flipped, Array(good.reversed()), key.modulus, Self.sum(good, key.modulus),
            Self.difference(key.modulus, good),
        ]
        for forgery in forgeries {
            #expect(await bench.rejection(mint.with(signature: forgery)) == .signatureInvalid)
        }
        #expect(await bench.verify(mint.with(signature: good)).verified != nil)
    }

    @Test func `of other content is refused`() async throws {
        let bench = try Bench()
        let good = try TokenMint().signed().split(separator: ".")
        let other = try TokenMint(claims: TokenMint.claims.setting("email", #""evil@x""#)).signed().split(
            separator: "."
        )
        #expect(await bench.rejection("\(good[0]).\(other[1]).\(good[2])") == .signatureInvalid)
        #expect(await bench.rejection("\(good[0]).\(good[1]).\(other[2])") == .signatureInvalid)
        let header = try TokenMint(header: TokenMint.header.removing("typ")).signed().split(separator: ".")
        #expect(await bench.rejection("\(header[0]).\(good[1]).\(good[2])") == .signatureInvalid)
    }

    @Test func `with malformed PKCS 1 padding is refused`() async throws {
        let bench = try Bench()
        let key = try ThrowAwayKey.first.get()
        let mint = TokenMint()
        let digest = try ThrowAwayKey.sha256(Array(mint.signingInput.utf8))
        let info: [UInt8] = [0x30, 0x31, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20]
        let noNull: [UInt8] = [0x30, 0x2F, 0x30, 0x0B, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 4, 0x20]
        let sha1: [UInt8] = [0x30, 0x21, 0x30, 9, 6, 5, 0x2B, 0x0E, 3, 2, 0x1A, 5, 0, 4, 0x14]
        func block(_ start: [UInt8], _ end: [UInt8], fill: UInt8 = 0xFF, behind: Int = 0) -> [UInt8] {
            let rest = key.modulus.count - start.count - end.count - 1 - behind
            return start + [UInt8](repeating: fill, count: rest) + [0] + end + [UInt8](repeating: 0x41, count: behind)
        }
        let malformed: [[UInt8]] = [
            block([0, 1], noNull + digest), block([0, 2], info + digest), block([0, 1], info + digest, fill: 0xFE),
            block([0, 0], info + digest), block([0, 1], sha1 + digest.prefix(20)), block([0, 1], digest),
            block([0, 1], info + digest, behind: 1), block([0, 1], info + digest, behind: 190), block([0, 1], []),
        ]
        for block in malformed {
            #expect(await bench.rejection(mint.with(signature: try key.signRaw(block))) == .signatureInvalid)
        }
        let control = try key.signRaw(block([0, 1], info + digest))
        #expect(await bench.verify(mint.with(signature: control)).verified != nil)
    }

    @Test func `is checked before any claim is`() async throws {
        let bench = try Bench()
        let mint = TokenMint(claims: [("exp", #""never""#)])
        #expect(await bench.rejection(mint.with(signature: [1, 2, 3])) == .signatureInvalid)
    }

    private static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var carry = 0
        let bytes = zip(left.reversed(), right.reversed()).map { pair in
            carry += Int(pair.0) + Int(pair.1)
            defer { carry >>= 8 }
            return UInt8(carry & 0xFF)
        }
        return (carry > 0 ? [1] : []) + bytes.reversed()
    }

    private static func difference(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        var borrow = 0
        return Array(
            zip(left.reversed(), right.reversed()).map { pair in
                let value = Int(pair.0) - Int(pair.1) - borrow
                borrow = value < 0 ? 1 : 0
                return UInt8(value & 0xFF)
            }.reversed()
        )
    }
}
