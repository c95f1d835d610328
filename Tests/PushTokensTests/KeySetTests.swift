internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `Google's key set` {
    private func refusal(_ jwks: [UInt8]) -> KeySetError? {
        do throws(KeySetError) {
            _ = try KeySet(jwks: jwks)
            return nil
        } catch {
            return error
        }
    }

    private func key(_ id: String = "first") throws -> Members {
        TokenMint.jwk(id, try TestKey.first.get())
    }

    private func fault(_ key: Members) -> KeySetError? {
        refusal(TokenMint.jwks([key]))
    }

    @Test(arguments: [
        "", "{", "<!DOCTYPE html><html></html>", #"{"keys":[]"#, #"{"keys":[]} x"#, #"{"keys":[],"keys":[]}"#,
        "\u{feff}{}",
    ]) func `that is not strict JSON is refused`(_ text: String) {
        #expect(refusal(Array(text.utf8)) == .notJSON)
    }

    @Test(arguments: ["{}", "[]", "null", "1", #"{"keys":{}}"#, #"{"keys":null}"#, #"{"keys":[]}"#, #"{"Keys":[]}"#])
    func `without keys is refused`(_ text: String) {
        #expect(refusal(Array(text.utf8)) == .noKeys)
    }

    @Test func `cut short anywhere is refused`() throws {
        let whole = TokenMint.jwks([try key()])
        #expect(refusal(whole) == nil)
        for count in whole.indices { #expect(refusal(Array(whole[..<count])) == .notJSON) }
    }

    @Test func `with the same kid twice is refused, even where one is for something else`() throws {
        #expect(refusal(TokenMint.jwks([try key(), try key()])) == .duplicateKeyID)
        #expect(refusal(TokenMint.jwks([try key(), try key().setting("use", #""enc""#)])) == .duplicateKeyID)
    }

    @Test func `may have as many keys as the limit, and not one more`() throws {
        let keys = try (0...KeySet.maximumKeys).map { try key("key\($0)") }
        #expect(refusal(TokenMint.jwks(keys.dropLast())) == nil)
        #expect(refusal(TokenMint.jwks(keys)) == .tooManyKeys)
    }

    @Test func `may be as large as the limit, and not one byte larger`() throws {
        let set = TokenMint.jwks([try key()])
        let padding = [UInt8](repeating: 0x20, count: KeySet.maximumBytes - set.count)
        #expect(refusal(set + padding) == nil)
        #expect(refusal(set + padding + [0x20]) == .tooLarge)
    }

    @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
    func `with private or symmetric material is refused`(_ member: String) throws {
        #expect(fault(try key().setting(member, #""AQAB""#)) == .badKey(position: 0, .privateMember))
        let other = try key("other").setting("kty", #""oct""#).setting(member, #""AQAB""#)
        #expect(refusal(TokenMint.jwks([try key(), other])) == .badKey(position: 1, .privateMember))
    }

    @Test(arguments: ["null", "1", #""""#, "[]"]) func `with a key that has no name is refused`(_ id: String) throws {
        #expect(fault(try key().setting("kid", id)) == .badKey(position: 0, .keyIDMissing))
        #expect(fault(try key().removing("kid")) == .badKey(position: 0, .keyIDMissing))
        #expect(refusal(Array(#"{"keys":[1]}"#.utf8)) == .badKey(position: 0, .notAnObject))
    }

    @Test(arguments: [
        ("kty", #""EC""#), ("kty", #""oct""#), ("kty", #""rsa""#), ("kty", "null"), ("use", #""enc""#), ("use", "null"),
        ("use", #""SIG""#), ("alg", #""RS512""#), ("alg", #""PS256""#), ("alg", #""rs256""#), ("alg", #""HS256""#),
        ("alg", "[]"),
    ]) func `leaves out keys that are for something else`(_ member: String, _ value: String) throws {
        let other = try key("other").setting(member, value)
        #expect(fault(other) == .noKeys)
        #expect(fault(other.removing(member)) == .noKeys)
        let set = try KeySet(jwks: TokenMint.jwks([other, try key()]))
        #expect(set.count == 1)
        #expect(set.key(Array("other".utf8)) == nil)
        #expect(set.key(Array("first".utf8)) != nil)
    }

    @Test(arguments: ["n", "e"], ["null", "1", #""A""#, #""AQAB=""#, #""AQ AB""#, #""AQ+B""#, #""AQA/""#, #""AB""#])
    func `with an undecodable number is refused`(_ member: String, _ value: String) throws {
        #expect(fault(try key().setting(member, value)) == .badKey(position: 0, .notBase64URL))
        #expect(fault(try key().removing(member)) == .badKey(position: 0, .notBase64URL))
    }

    @Test(arguments: [[], [0], [1], [2], [3], [17], [1, 0, 0], [0, 1, 0, 1], [1, 0, 1, 0], [1, 0, 3]] as [[UInt8]])
    func `with another exponent than 65537 is refused`(_ exponent: [UInt8]) throws {
        let value = "\"\(TokenMint.base64URL(exponent))\""
        #expect(fault(try key().setting("e", value)) == .badKey(position: 0, .exponent))
    }

    @Test func `with an unsound modulus is refused`() throws {
        let good = try TestKey.first.get().modulus
        func fault(_ modulus: [UInt8]) throws -> KeySetError? {
            self.fault(try key().setting("n", "\"\(TokenMint.base64URL(modulus))\""))
        }
        #expect(try fault(good) == nil)
        #expect(try fault([]) == .badKey(position: 0, .modulusEncoding))
        #expect(try fault([0] + good) == .badKey(position: 0, .modulusEncoding))
        #expect(try fault([1]) == .badKey(position: 0, .modulusSize))
        #expect(try fault(TestKey(bits: 1024).modulus) == .badKey(position: 0, .modulusSize))
        #expect(try fault([0x7F] + good.dropFirst()) == .badKey(position: 0, .modulusSize))
        #expect(try fault([1] + [UInt8](repeating: 0, count: 511) + [1]) == .badKey(position: 0, .modulusSize))
        #expect(try fault(good.dropLast() + [(good.last ?? 0) & 0xFE]) == .badKey(position: 0, .modulusEven))
        // Divisible by 3: small factors are OpenSSL's to find.
        #expect(try fault([UInt8](repeating: 0xFF, count: 256)) == .badKey(position: 0, .refusedByOpenSSL))
    }

    @Test func `holds the only copy of a key, which goes with it`() throws {
        var set: KeySet? = try KeySet(jwks: TokenMint.jwks([try key()]))
        weak let key = set?.key(Array("first".utf8))
        #expect(key != nil)
        set = nil
        #expect(key == nil)
    }

    @Test func `gives a key by its exact name only`() throws {
        let set = try KeySet(jwks: TokenMint.jwks([try key("first"), try key("second")]))
        #expect(set.count == 2)
        let pem = try #require(set.key(Array("first".utf8))).pem
        #expect(pem.starts(with: Array("-----BEGIN PUBLIC KEY-----\n".utf8)))
        for id in ["", "First", "firs", "first ", "third"] { #expect(set.key(Array(id.utf8)) == nil) }
    }
}
