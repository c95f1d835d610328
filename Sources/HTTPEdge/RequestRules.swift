internal import NIOHTTP1

/// What a request's head must keep to beyond what the parser checks, so that nobody on the way can read it differently.
enum RequestRules {
    /// Whether a head may be handled; if not, it is answered with 400, and its connection ends there.
    static func allow(_ head: HTTPRequestHead) -> Bool {
        guard head.version == .http1_1 || head.version == .http1_0, allowTarget(head) else { return false }
        var hosts = 0
        var codings = 0
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where name.lowercased() == "host":
                hosts += 1
                guard allowHost(value.utf8) else { return false }
            case 17 where name.lowercased() == "transfer-encoding":
                // RFC 9112, 6.1: a list, a coding that we do not undo, or one twice would leave the length in doubt.
                codings += 1
                guard value.lowercased() == "chunked" else { return false }
            default: break
            }
        }
        // RFC 9112, 3.2 and 6.1: HTTP/1.0 has no chunks, and may do without a host.
        return head.version == .http1_1 ? hosts == 1 && codings <= 1 : hosts <= 1 && codings == 0
    }

    /// RFC 9112, 3.2: a path; an absolute URI without what does not belong there; or the asterisk, with its method.
    private static func allowTarget(_ head: HTTPRequestHead) -> Bool {
        // It has a form of its own, for proxies, and the parser takes what follows for a tunnel's.
        guard head.method != .CONNECT else { return false }
        let target = head.uri.utf8
        guard !target.contains(UInt8(ascii: "#")) else { return false }
        if target.first == UInt8(ascii: "/") { return true }
        if head.uri == "*" { return head.method == .OPTIONS }
        let start = head.uri.prefix(8).lowercased()
        guard start.hasPrefix("http://") || start == "https://" else { return false }
        let authority = target.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
            .prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        // RFC 9110, 4.2.1: these schemes have no URI without a host.
        return !authority.isEmpty && authority.first != UInt8(ascii: ":") && allowHost(authority)
    }

    /// Whether the bytes of a `Host` field, or of an authority without a user, are `uri-host [ ":" port ]`, or none at all
    /// (RFC 9110, 7.2; RFC 3986, 3.2.2 and 3.2.3).
    private static func allowHost(_ host: some Collection<UInt8>) -> Bool {
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

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

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
