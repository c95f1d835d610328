/// Base 64 (RFC 4648).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    /// The bytes in the standard alphabet, padded (section 4).
    package static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                result.append(
                    index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : padding
                )
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Undoes ``encode(_:)``; nil for anything that is not base 64.
    ///
    /// Either alphabet will do (section 4 or 5), but not both in one text. Padding may be missing; where there is some,
    /// it must be complete. White space and all else are refused. The bits that the last character has too many may be
    /// anything (section 3.5), as with Google's own decoders.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let content = text.prefix { $0 != padding }
        let paddingCount = text.count - content.count
        guard content.count % 4 != 1, paddingCount == 0 || paddingCount == (4 - content.count % 4) % 4,
            text.dropFirst(content.count).allSatisfy({ $0 == padding })
        else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(content.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        var usesStandard = false
        var usesURLSafe = false
        for byte in content {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"), UInt8(ascii: "/"):
                usesStandard = true
                digit = byte == UInt8(ascii: "+") ? 62 : 63
            case UInt8(ascii: "-"), UInt8(ascii: "_"):
                usesURLSafe = true
                digit = byte == UInt8(ascii: "-") ? 62 : 63
            default: return nil
            }
            bits = bits << 6 | UInt32(digit)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return usesStandard && usesURLSafe ? nil : result
    }
}
