internal import PushTokens
internal import TestSupport
internal import Testing

/// Key sets that no honest Google would publish, and tokens that are signed all the same.
@Suite struct `Weak and malformed keys` {
    private func bytes(_ count: Int, _ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: count) }

    /// A set that is refused as a whole leaves a cold start without keys, and a running service with those that it has.
    private func expectRefused(_ jwks: [UInt8], _ error: KeySetError, token: String) async throws {
        let cold = try Bench(jwks: jwks)
        #expect(await cold.verify(token).fetchError == .keySet(error))
        #expect(cold.libjwtCalls == 0)

        let running = try Bench()
        let good = try TokenMint().signed()
        #expect(await running.verify(good).isVerified)
        running.transport.answer(.success(.keys(jwks)))
        let stranger = TokenMint(header: TokenMint.header.setting("kid", #""weak""#)).with(signature: bytes(256, 1))
        #expect(await running.rejection(stranger) == .unknownKey)
        #expect(running.transport.requests.count == 2)
        #expect(await running.verify(good).isVerified)
        #expect(running.libjwtCalls == 1)
    }

    private func set(_ changes: Members) throws -> [UInt8] {
        let key = TokenMint.jwk("first", try TestKey.first.get())
        return TokenMint.jwks([changes.reduce(key) { $0.setting($1.name, $1.value) }])
    }

    private func number(_ bytes: [UInt8]) -> String { "\"\(TokenMint.base64URL(bytes))\"" }

    @Test func `with the exponent 1, where everybody can sign, are refused`() async throws {
        let key = try TestKey.first.get()
        let mint = TokenMint()
        let block = PaddingForgeries(
            digest: try TestKey.sha256(Array(mint.signingInput.utf8)),
            size: key.modulus.count
        ).control
        try await expectRefused(
            set([("e", number([1]))]),
            .badKey(position: 0, .exponent),
            token: mint.with(signature: block)
        )
    }

    @Test(
        arguments: [[3], [5], [17], [0xFF, 0xFF], [2], [1, 0, 0], [0], [1, 0, 1, 0], [1, 0, 0, 0, 1], []] as [[UInt8]]
    )
    func `with another exponent than Google's are refused`(_ exponent: [UInt8]) async throws {
        try await expectRefused(
            set([("e", number(exponent))]),
            .badKey(position: 0, .exponent),
            token: TokenMint().signed()
        )
    }

    @Test(arguments: [512, 768, 1024, 1536, 2047] as [UInt32])
    func `that are too small are refused, well made as they are`(
        _ bits: UInt32
    ) async throws {
        let weak = try TestKey(bits: bits)
        try await expectRefused(
            TokenMint.jwks([("first", weak)]),
            .badKey(position: 0, .modulusSize),
            token: TokenMint().signed(by: weak)
        )
    }

    @Test func `with a modulus that is no product of two large primes are refused`() async throws {
        let good = try TestKey.first.get().modulus
        let samples: [([UInt8], KeyFault)] = [
            (good.dropLast() + [(good.last ?? 0) & 0xFE], .modulusEven), (good + [0], .modulusEven),
            (bytes(256, 0), .modulusEncoding),
            ([0] + good, .modulusEncoding), ([], .modulusEncoding), ([15], .modulusSize),
            (bytes(513, 0xFF), .modulusSize),
            (bytes(8192, 0xFF), .modulusSize), (bytes(256, 0xFF), .refusedByOpenSSL),
            (try TestKey.prime2048(), .refusedByOpenSSL),
        ]
        for (modulus, fault) in samples {
            let token = try TokenMint().signed()
            try await expectRefused(set([("n", number(modulus))]), .badKey(position: 0, fault), token: token)
        }
    }

    @Test func `of up to 4096 bits are taken`() async throws {
        let first = try TestKey.first.get().modulus
        let product = TestKey.product(first, try TestKey.second.get().modulus)
        #expect(product.count == 512)
        let keys = try KeySet(jwks: set([("n", number(product))]))
        #expect(keys.count == 1)
    }

    @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]) func `with private members are refused`(
        _ member: String
    )
        async throws
    {
        try await expectRefused(
            set([(member, #""AQAB""#)]),
            .badKey(position: 0, .privateMember),
            token: TokenMint().signed()
        )
    }

    @Test func `beside a good one of the same kid are refused with it`() async throws {
        let first = TokenMint.jwk("first", try TestKey.first.get())
        let second = TokenMint.jwk("first", try TestKey.second.get())
        for keys: [Members] in [
            [first, second], [second, first], [first, first], [first, second.setting("use", #""enc""#)],
        ] {
            try await expectRefused(TokenMint.jwks(keys), .duplicateKeyID, token: TokenMint().signed())
        }
        let escaped = first.setting("kid", #""\u0066irst""#)
        try await expectRefused(TokenMint.jwks([first, escaped]), .duplicateKeyID, token: TokenMint().signed())
    }

    @Test func `seventeen of them are refused`() async throws {
        let key = try TestKey.first.get()
        let names = ["first"] + (2...17).map { "key\($0)" }
        try await expectRefused(TokenMint.jwks(names.map { ($0, key) }), .tooManyKeys, token: TokenMint().signed())
        let sixteen = try Bench(jwks: TokenMint.jwks(names.dropLast().map { ($0, key) }))
        #expect(await sixteen.verify(try TokenMint().signed()).isVerified)
    }

    @Test func `in a document of a megabyte are refused`() async throws {
        let good = TokenMint.jwks([("first", try TestKey.first.get())])
        try await expectRefused(
            good + bytes((1 << 20) - good.count, 0x20),
            .tooLarge,
            token: TokenMint().signed()
        )
        try await expectRefused(bytes(1 << 20, UInt8(ascii: "[")), .tooLarge, token: TokenMint().signed())
    }

    @Test(arguments: [
        ("use", #""enc""#), ("alg", #""RS512""#), ("alg", #""PS256""#), ("alg", #""HS256""#), ("alg", #""RSA-OAEP""#),
        ("alg", #""none""#), ("kty", #""EC""#), ("kty", #""oct""#), ("kty", #""OKP""#), ("use", #""sig ""#),
        ("use", #"["sig"]"#),
    ]) func `for something else are as good as absent`(_ member: String, _ value: String) async throws {
        let token = try TokenMint().signed()
        try await expectRefused(set([(member, value)]), .noKeys, token: token)
        let other = TokenMint.jwk("first", try TestKey.first.get()).setting(member, value)
        let beside = try Bench(
            jwks: TokenMint.jwks([other, TokenMint.jwk("second", try TestKey.second.get())])
        )
        #expect(await beside.rejection(token) == .unknownKey)
        #expect(beside.libjwtCalls == 0)
    }
}
