internal import NIOHTTP1

/// Rules for a request's head beyond what the parser checks, so that no proxy can read it differently.
enum RequestRules {
    /// Whether a head is acceptable; if not, it is answered with 400 and the connection is closed.
    static func allow(_ head: HTTPRequestHead) -> Bool {
        let (hosts, codings) = (head.headers["host"], head.headers["transfer-encoding"])
        // RFC 9112, 6.1: a list, an unsupported coding, or a repeated one would leave the length ambiguous.
        guard allowTarget(head), hosts.allSatisfy({ allowHost(Array($0.utf8)) }),
            codings.allSatisfy({ $0.lowercased() == "chunked" })
        else { return false }
        // RFC 9112, 3.2 and 6.1: HTTP/1.0 has no chunked coding, and `Host` is optional.
        switch head.version {
        case .http1_1: return hosts.count == 1 && codings.count <= 1
        case .http1_0: return hosts.count <= 1 && codings.isEmpty
        default: return false
        }
    }

    /// RFC 9112, 3.2: a path; an absolute URI without user information or fragment; or `*`, with OPTIONS only.
    private static func allowTarget(_ head: HTTPRequestHead) -> Bool {
        // CONNECT has its own target form, for proxies, and the parser treats what follows as tunnel data.
        guard head.method != .CONNECT else { return false }
        let target = head.uri.utf8
        guard !target.contains(UInt8(ascii: "#")) else { return false }
        if target.first == UInt8(ascii: "/") { return true }
        if head.uri == "*" { return head.method == .OPTIONS }
        let start = head.uri.prefix(8).lowercased()
        guard start.hasPrefix("http://") || start == "https://" else { return false }
        let authority = target.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
            .prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        // RFC 9110, 4.2.1: URIs of these schemes need a host.
        return !authority.isEmpty && authority.first != UInt8(ascii: ":") && allowHost(authority)
    }

    /// Whether the bytes of a `Host` field, or of an authority without a user, are `uri-host [ ":" port ]`, or empty
    /// (RFC 9110, 7.2; RFC 3986, 3.2.2 and 3.2.3).
    private static func allowHost(_ host: some Collection<UInt8>) -> Bool {
        let brackets = host.first == UInt8(ascii: "[") ? 1 : 0
        let last = host.firstIndex(of: UInt8(ascii: brackets > 0 ? "]" : ":"))
        guard let end = last ?? (brackets > 0 ? nil : host.endIndex) else { return false }
        let (name, port) = (host[..<end].dropFirst(brackets), host[end...].dropFirst(brackets))
        let isPort = port.isEmpty || port.first == UInt8(ascii: ":") && port.dropFirst().allSatisfy(isDigit)
        guard isPort else { return false }
        // An IPv6 address, possibly ending in an IPv4 address.
        if brackets > 0 {
            return name.contains(UInt8(ascii: ":")) && name.allSatisfy { isHexDigit($0) || ":.".utf8.contains($0) }
        }
        let isName = name.allSatisfy { isDigit($0) || isLetter($0, to: "z") || "-._~!$&'()*+;=%".utf8.contains($0) }
        guard isName, name.contains(UInt8(ascii: "%")) else { return isName }
        return name.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst()
            .allSatisfy { $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy(isHexDigit) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte, to: "f") }
    private static func isLetter(_ byte: UInt8, to last: Unicode.Scalar) -> Bool {
        // Upper and lower case differ in one bit.
        (UInt8(ascii: "a")...UInt8(ascii: last)).contains(byte | 0x20)
    }
}
