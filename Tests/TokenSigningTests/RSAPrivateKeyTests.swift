import Base64
import TestSupport
import Testing

@testable import TokenSigning

@Suite struct RSAPrivateKeyTests {
    @Test(arguments: [
        "", "secret", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n",
    ])
    func `what is no key is refused`(text: String) {
        #expect(throws: PrivateKeyFault.unreadable) { try RSAPrivateKey(pem: Array(text.utf8)) }
    }

    @Test func `a public key is refused`() throws {
        let text = try TestKey.first.get().publicPEM()
        #expect(throws: PrivateKeyFault.unreadable) { try RSAPrivateKey(pem: text) }
    }

    @Test func `an encrypted key is refused, and nobody is asked for its passphrase`() throws {
        let text = try TestKey.first.get().encrypted(passphrase: "x")
        #expect(throws: PrivateKeyFault.unreadable) { try RSAPrivateKey(pem: text) }
    }

    @Test func `a key of another kind is refused`() throws {
        let key = try TestKey.ec()
        #expect(throws: PrivateKeyFault.notRSA) { try RSAPrivateKey(pem: key.pem) }
    }

    @Test func `a weak key is refused`() throws {
        let key = try TestKey(bits: 2047)
        #expect(throws: PrivateKeyFault.size) { try RSAPrivateKey(pem: key.pem) }
    }

    @Test func `more text than a key can have is refused`() throws {
        let text = try TestKey.first.get().pem
        let padding = [UInt8](repeating: 0x0A, count: RSAPrivateKey.maximumBytes - text.count)
        #expect(throws: Never.self) { try RSAPrivateKey(pem: padding + text) }
        #expect(throws: PrivateKeyFault.unreadable) { try RSAPrivateKey(pem: padding + [0x0A] + text) }
    }

    @Test func `claims that are no JSON object are not signed`() throws {
        let key = try RSAPrivateKey(pem: TestKey.first.get().pem)
        #expect(throws: TokenSigningError.libjwt("jwt_add_grants_json")) {
            try key.sign(claims: Array("[".utf8), keyID: nil)
        }
    }

    @Test func `both forms of PEM sign, and the signature is the key's`() throws {
        let key = try TestKey.first.get()
        for text in [key.pem, try key.traditional()] {
            let token = try RSAPrivateKey(pem: text).sign(claims: Array(#"{"iss":"a","exp":7}"#.utf8), keyID: "k1")
            let parts = token.split(separator: ".", omittingEmptySubsequences: false)
            try #require(parts.count == 3)
            let decoded = parts.compactMap { Base64.decode($0.utf8) }
            try #require(decoded.count == 3)
            #expect(String(decoding: decoded[0], as: UTF8.self) == #"{"alg":"RS256","kid":"k1","typ":"JWT"}"#)
            #expect(String(decoding: decoded[1], as: UTF8.self) == #"{"exp":7,"iss":"a"}"#)
            #expect(try key.hasSigned(Array("\(parts[0]).\(parts[1])".utf8), decoded[2]))
            #expect(try !key.hasSigned(Array("\(parts[0]).x\(parts[1])".utf8), decoded[2]))
        }
    }

    @Test func `a key shows in no description`() throws {
        let key = try RSAPrivateKey(pem: TestKey.first.get().pem)
        var text = "\(key) \([key]) \(String(reflecting: (1, key)))"
        dump(key, to: &text)
        #expect(!text.contains("BEGIN") && !text.contains("45, 45"))
    }
}
