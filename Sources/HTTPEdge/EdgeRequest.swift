package import NIOHTTP1

/// One request: its head, and where its body comes from.
package struct EdgeRequest: Sendable {
    /// The request line and the header fields.
    package let head: HTTPRequestHead
    /// The body, read on demand.
    package let body: EdgeBody

    /// A request from its parts.
    package init(head: HTTPRequestHead, body: EdgeBody) {
        self.head = head
        self.body = body
    }

    /// The values of all fields of that name, in order, without the white space around them (RFC 9110, section 5.5).
    package func values(_ name: String) -> [String] {
        head.headers[name].map { value in
            let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let last = value.utf8.lastIndex(where: { !isSpace($0) }) else { return "" }
            return String(Substring(value.utf8[...last].drop(while: isSpace)))
        }
    }
}

/// The answer to a request; `Date`, `Content-Length` and `Connection` are added.
package struct EdgeResponse: Sendable {
    package var status: HTTPResponseStatus
    /// The header fields; with a `Connection` among them the connection ends, and a `Content-Length` stays as it is.
    package var headers: HTTPHeaders
    /// The content.
    package var body: [UInt8]

    /// A response from its parts.
    package init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
