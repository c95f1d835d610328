/// What may name a host: `uri-host [ ":" port ]` (RFC 9110, 7.2; RFC 3986, 3.2.2 and 3.2.3).
enum HostRules {
    /// Whether the bytes of a `Host` field, or of an authority without a user, are such a name, or none at all.
    static func allow(_ host: some Collection<UInt8>) -> Bool {
        var rest = host[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = rest[..<end].dropFirst()
            guard address.contains(UInt8(ascii: ":")), address.allSatisfy(isAddressByte) else { return false }
            rest = rest[end...].dropFirst()
        } else {
            while let byte = rest.first, byte != UInt8(ascii: ":") {
                rest = rest.dropFirst()
                if byte == UInt8(ascii: "%") {
                    guard rest.prefix(2).count == 2, rest.prefix(2).allSatisfy(isHexDigit) else { return false }
                    rest = rest.dropFirst(2)
                } else if !isNameByte(byte) {
                    return false
                }
            }
        }
        guard let separator = rest.first else { return true }
        return separator == UInt8(ascii: ":") && rest.dropFirst().allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        // Lower case differs from upper case in one bit.
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    /// Of an IPv6 address, perhaps with an IPv4 address at its end.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        isHexDigit(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    /// Unreserved characters and delimiters.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || isDigit(byte)
            || "-._~!$&'()*+;=".utf8.contains(byte)
    }
}
