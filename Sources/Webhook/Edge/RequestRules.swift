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
                guard HostRules.allow(value.utf8) else { return false }
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
        return !authority.isEmpty && authority.first != UInt8(ascii: ":") && HostRules.allow(authority)
    }
}
