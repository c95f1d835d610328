internal import LosslessJSON
internal import PushTokens
internal import TestSupport
internal import Testing

@Suite struct `The PEM of a key` {
    @Test func `of RFC 7517 and RFC 7520 is what OpenSSL's command line writes`() throws {
        let file = try TokenVectors.rfcKeys()
        let keys = try #require(file["keys"]?.elements)
        #expect(keys.count == 2)
        for key in keys {
            let id = try #require(key["kid"]?.string)
            let jwk: Members = [
                ("kty", #""RSA""#), ("use", #""sig""#), ("alg", #""RS256""#), ("kid", "\"\(id)\""),
                ("n", "\"\(try #require(key["n"]?.string))\""), ("e", "\"\(try #require(key["e"]?.string))\""),
            ]
            let made = try #require(try KeySet(jwks: TokenMint.jwks([jwk])).key(Array(id.utf8)))
            #expect(String(decoding: made.pem, as: UTF8.self) == key["pem"]?.string, "\(id)")
        }
    }

    @Test func `made of n and e is, byte for byte, the one of the key that OpenSSL made`() throws {
        for key in [try TestKey.first.get(), try TestKey.second.get(), try TestKey()] {
            let made = try #require(try KeySet(jwks: TokenMint.jwks([("a", key)])).key(Array("a".utf8)))
            #expect(try made.pem == key.publicPEM())
        }
    }
}
