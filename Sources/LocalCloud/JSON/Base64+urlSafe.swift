internal import Base64

extension Base64 {
    /// The bytes in the alphabet for URLs, without padding (RFC 4648, section 5), as JOSE writes them.
    static func encodeURLSafe(_ bytes: [UInt8]) -> String {
        let digits = encode(bytes).utf8.prefix { $0 != UInt8(ascii: "=") }.map { digit in
            switch digit {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: digit
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
