package import NIOHTTP1

package struct EdgeRequest: Sendable {
    /// The request line and header fields.
    package let head: HTTPRequestHead
    package let body: EdgeBody

    package init(head: HTTPRequestHead, body: EdgeBody) {
        self.head = head
        self.body = body
    }

    /// The values of all fields with the name, in order, without surrounding whitespace (RFC 9110, section 5.5).
    package func values(_ name: String) -> [String] {
        head.headers[name].map { value in
            let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let last = value.utf8.lastIndex(where: { !isSpace($0) }) else { return "" }
            return String(Substring(value.utf8[...last].drop(while: isSpace)))
        }
    }
}

/// The response to a request; `Date`, `Content-Length` and `Connection` are added when it is sent.
package struct EdgeResponse: Sendable {
    package var status: HTTPResponseStatus
    /// The header fields; a `Connection` field ends the connection, and a `Content-Length` is kept as given.
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
