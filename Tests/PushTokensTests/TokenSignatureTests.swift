internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Signature of a token` {
    @Test func `of another kind than the header says is refused`() async throws {
        let bench = try Bench()
        let key = try TestKey.first.get()
        let mint = TokenMint()
        let input = Array(mint.signingInput.utf8)
        for digest in ["SHA1", "SHA384", "SHA512"] {
            let token = mint.with(signature: try key.sign(input, digest: digest))
            #expect(await bench.rejection(token) == .signatureInvalid)
        }
        #expect(await bench.rejection(mint.with(signature: try key.sign(input, pss: true))) == .signatureInvalid)
    }

    @Test func `by another key is refused, even one of the same set`() async throws {
        let first = try TestKey.first.get()
        let second = try TestKey.second.get()
        let bench = try Bench(jwks: TokenMint.jwks([("first", first), ("second", second)]))
        #expect(await bench.rejection(try TokenMint().signed(by: second)) == .signatureInvalid)
        let header = TokenMint.header.setting("kid", #""second""#)
        #expect(await bench.rejection(try TokenMint(header: header).signed(by: first)) == .signatureInvalid)
        #expect(await bench.verify(try TokenMint(header: header).signed(by: second)).isVerified)
    }

    @Test func `that is cut, stretched, zero, one or moved by the modulus is refused`() async throws {
        let bench = try Bench()
        let key = try TestKey.first.get()
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
        #expect(await bench.verify(mint.with(signature: good)).isVerified)
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
