/// A URL that this service may call: absolute, `https`, or `http` where no network is crossed.
package struct RequestURL: Sendable {
    /// The longest URL accepted, in bytes.
    static let maximumBytes = 4096

    /// The URL as given.
    let text: String
    /// The host in lower case; an IPv6 address keeps its brackets.
    package let host: String
    /// The host and, if given, the port: the part that errors may reveal.
    package let authority: String
    /// Everything after the authority: empty, or starting with a slash or a question mark.
    package let pathAndQuery: String
    /// Whether it is `https`.
    let isSecure: Bool
    /// Whether plain text may go to the host; no proxy is used for it.
    let isLocal: Bool

    /// Validates a URL.
    ///
    /// - Parameter text: The URL (RFC 3986), without user information or fragment.
    /// - Throws: ``TransportError/invalidRequest(_:)`` for every other URL.
    init(validating text: String) throws(TransportError) {
        guard text.utf8.count <= Self.maximumBytes else { throw .invalidRequest("URL too long") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !##""#<>\^`{|}"##.utf8.contains($0) }) else {
            throw .invalidRequest("URL with a character that is not allowed in one")
        }
        let isSecure: Bool
        let rest: Substring
        if text.hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            throw .invalidRequest("URL that is neither https nor http")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = Self.split(authority), Self.isHost(host), Self.isPort(port) else {
            throw .invalidRequest("URL without a proper host and port")
        }
        self.text = text
        self.host = host.lowercased()
        self.authority = String(authority)
        self.pathAndQuery = String(rest[authority.endIndex...])
        self.isLocal = Self.isLocal(self.host)
        self.isSecure = isSecure
        guard isSecure || isLocal else {
            throw .invalidRequest("http (not https) to \(authority)")
        }
    }

    /// Creates a URL that a transport accepts: `https`, or `http` to loopback addresses and the metadata server; nil for
    /// any other.
    package init?(_ text: String) {
        do throws(TransportError) { try self.init(validating: text) } catch { return nil }
    }

    /// Whether the host is this machine.
    package var isLoopback: Bool { Self.isLoopback(host) }

    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = authority[...end]
            let rest = authority[authority.index(after: end)...]
            if rest.isEmpty { return (host, nil) }
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : nil
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first else { return nil }
        return (host, parts.count == 2 ? parts[1] : nil)
    }

    /// Whether the text can be a name, an IPv4 address or a bracketed IPv6 address, judging by its characters only.
    private static func isHost(_ host: Substring) -> Bool {
        if host.hasPrefix("[") {
            let address = host.dropFirst().dropLast()
            return !address.isEmpty && address.utf8.allSatisfy { isHexDigit($0) || $0 == 0x3A || $0 == 0x2E }
        }
        return !host.isEmpty && host.utf8.count <= 253
            && host.utf8.allSatisfy { isDigit($0) || (0x61...0x7A).contains($0 | 0x20) || "-._".utf8.contains($0) }
    }

    private static func isPort(_ port: Substring?) -> Bool {
        guard let port else { return true }
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy(isDigit), let number = Int(port) else {
            return false
        }
        return (1...65_535).contains(number)
    }

    /// Whether the host is this machine or Google's metadata server.
    private static func isLocal(_ host: String) -> Bool {
        ["metadata.google.internal", "169.254.169.254"].contains(host) || isLoopback(host)
    }

    /// Whether the host, in lower case, is this machine (RFC 6890 loopback, RFC 6761 `localhost`).
    static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "[::1]"].contains(host) { return true }
        // Four plain decimal numbers: libcurl and resolvers also read `127.1`, and names may begin with `127.`.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy {
            (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(isDigit) && (Int($0) ?? 256) < 256
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
