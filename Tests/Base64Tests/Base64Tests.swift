import Base64
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [
        "=", "A", "A=", "A===", "AA=", "AA===", "AAA==", "AAAA=", "AAAA====", "AA==AA==", "AA=A", "=AAA", "AAAAA",
        "AA AA", "AAAA\n", "\nAAAA", "AAAA\r\n", "AA\0A", "AA.A", "A\u{E9}AA", "AAA\u{2060}", "+_AA", "-/AA",
        "ab+/ab-_",
    ])
    func `what is not base 64 is refused`(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test(arguments: [
        // RFC 4648, section 10.
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the RFC's examples are read and written`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
        #expect(Base64.decode(encoded.utf8.filter { $0 != UInt8(ascii: "=") }) == Array(plain.utf8))
    }

    @Test(arguments: [
        ("+/+/", [0xFB, 0xFF, 0xBF] as [UInt8]), ("-_-_", [0xFB, 0xFF, 0xBF]), ("_w==", [0xFF]), ("/w", [0xFF]),
    ])
    func `either alphabet is read`(text: String, bytes: [UInt8]) {
        #expect(Base64.decode(text.utf8) == bytes)
    }

    @Test(arguments: ["Zh==", "Zi", "Zm9="])
    func `left-over bits are ignored`(text: String) {
        #expect(Base64.decode(text.utf8) != nil)
    }

    @Test func `bytes of every length and value come back`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 151 + count * 7) }
            let encoded = Base64.encode(bytes)
            #expect(encoded.utf8.count % 4 == 0)
            #expect(Base64.decode(encoded.utf8) == bytes)
        }
        let all = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(all).utf8) == all)
    }
}
