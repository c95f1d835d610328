/// A request's head, as far as it matters here.
package struct RequestHead: Sendable {
    package let method: String
    /// The path, not decoded, without the query.
    package let path: String
    /// The query without its question mark; empty if there is none.
    package let query: String
    /// Header fields in order; names in lower case.
    package let headers: [(name: String, value: String)]

    /// The value of the first field of that name (given in lower case); nil if there is none.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

/// A response, and how it is sent.
package struct LocalReply: Sendable {
    /// How a response ends on the wire.
    package enum Ending: Sendable {
        /// It is sent completely.
        case whole
        /// The connection is closed after this many bytes of the body, although the head announced all of them.
        case cut(afterBytes: Int)
        /// The connection is reset (TCP RST) instead of a response.
        case reset
    }

    package var status: Int
    /// Header fields in order, without `Content-Length` and `Date`.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var ending: Ending = .whole

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response of JSON.
    package init(json body: [UInt8], status: Int = 200) {
        self.init(status: status, headers: [("Content-Type", "application/json; charset=UTF-8")], body: body)
    }

    /// A response of HTML, as Google's front ends give one when a service behind them does not answer.
    package init(htmlStatus status: Int, text: String) {
        let page = """
            <!DOCTYPE html>
            <html lang=en>
              <meta charset=utf-8>
              <title>Error \(status)</title>
              <p><b>\(status).</b> <ins>That’s an error.</ins>
              <p>\(text)  <ins>That’s all we know.</ins>

            """
        self.init(status: status, headers: [("Content-Type", "text/html; charset=UTF-8")], body: Array(page.utf8))
    }
}
