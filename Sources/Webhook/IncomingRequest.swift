package import NIOCore
package import NIOHTTP1

/// One request as the edge hands it on: its head, and where its body comes from.
package struct IncomingRequest: Sendable {
    /// Where the body comes from.
    package enum Body: Sendable {
        /// It is all here.
        case whole([UInt8])
        /// It comes over a connection, and can be asked for on that connection's event loop only.
        case arriving(NIOLoopBound<RequestQueue>)
    }

    /// The request line and the header fields.
    package let head: HTTPRequestHead
    let body: Body

    /// A request from its parts.
    package init(head: HTTPRequestHead, body: Body) {
        self.head = head
        self.body = body
    }

    /// The values of all fields of that name, in order, without the white space around them (RFC 9110, section 5.5).
    func values(_ name: String) -> [String] {
        head.headers[name].map(Self.trimmed)
    }

    /// The field's value, where there are several the list of them (RFC 9110, section 5.2); nil without any.
    func value(_ name: String) -> String? {
        let values = values(name)
        return values.count > 1 ? values.joined(separator: ", ") : values.first
    }

    private static func trimmed(_ value: String) -> String {
        guard let first = value.utf8.first, let last = value.utf8.last, isSpace(first) || isSpace(last) else {
            return value
        }
        var rest = value.utf8.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(Substring(rest))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
