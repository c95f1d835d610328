/// Base64 (RFC 4648).
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

    /// The bytes in the URL-safe alphabet, without padding (section 5), as JOSE uses it.
    package static func encodeURLSafe(_ bytes: [UInt8]) -> String {
        let digits = encode(bytes).utf8.prefix { $0 != padding }.map { digit in
            switch digit {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: digit
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Decodes base64; nil for anything else.
    ///
    /// Accepts either alphabet (section 4 or 5), but not both in one text. Padding may be missing, but if present it
    /// must be complete. Whitespace and anything else is rejected. Unused bits of the last character may have any value
    /// (section 3.5), as in Google's own decoders.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? { decode(Array(text)) }

    /// Decodes an array without the generic overload's cost: this runs for every push.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        let contentCount = text.firstIndex(of: padding) ?? text.count
        let paddingCount = text.count - contentCount
        guard contentCount % 4 != 1, paddingCount == 0 || paddingCount == (4 - contentCount % 4) % 4,
            text[contentCount...].allSatisfy({ $0 == padding })
        else { return nil }
        // A byte that is no digit has the bits of both alphabets, so one check at the end is enough.
        var kinds: UInt8 = 0
        let result = [UInt8](capacity: contentCount * 3 / 4) { result in
            let digits = digits
            var rest = text[..<contentCount].makeIterator()
            func next() -> UInt8? {
                guard let digit = rest.next().map({ digits[Int($0)] }) else { return nil }
                kinds |= digit
                return digit
            }
            while let first = next(), let second = next() {
                result.append(first << 2 | second >> 4 & 0x03)
                guard let third = next() else { break }
                result.append(second << 4 | third >> 2 & 0x0F)
                guard let fourth = next() else { break }
                result.append(third << 6 | fourth & 0x3F)
            }
        }
        return kinds & bothAlphabets == bothAlphabets ? nil : result
    }

    /// Each byte's digit, with a flag bit if only one of the two alphabets has it.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: noDigit, count: 256)
        for (digit, byte) in alphabet.enumerated() { digits[Int(byte)] = UInt8(digit) | (digit < 62 ? 0 : 0x40) }
        digits[Int(UInt8(ascii: "-"))] = 62 | 0x80
        digits[Int(UInt8(ascii: "_"))] = 63 | 0x80
        return digits
    }()
    /// All bits set, those of both alphabets included.
    private static let noDigit: UInt8 = 0xFF
    private static let bothAlphabets: UInt8 = 0xC0
}
