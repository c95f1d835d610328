/// A request's header fields in the form libcurl expects.
enum HeaderLines {
    /// The longest value accepted, in bytes; an access token is the longest in use.
    static let maximumValueBytes = 16 * 1024

    /// Turns the fields into lines, and suppresses those that libcurl would add.
    ///
    /// - Throws: ``TransportError/invalidRequest(_:)`` for a name that is not a token or a value that could end its
    ///   line (RFC 9110, sections 5.1 and 5.5).
    static func make(_ fields: [(name: String, value: String)]) throws(TransportError) -> [String] {
        // Otherwise libcurl waits for `100 Continue` before it sends a body, and labels the body as a form.
        var lines = ["Expect:"]
        if !fields.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        for (name, value) in fields {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
                throw .invalidRequest("header name with a character that is not allowed in one")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw .invalidRequest("header \(name) with a control character")
            }
            guard value.utf8.count <= maximumValueBytes else { throw .invalidRequest("header \(name) too long") }
            // "name:" would mean "do not send it"; "name;" is libcurl's spelling of an empty value.
            let isBlank = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            lines.append(isBlank ? "\(name);" : "\(name): \(value)")
        }
        return lines
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
