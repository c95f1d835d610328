internal import NIOCore
package import NIOHTTP1

package struct EdgeRequest: Sendable {
    package let head: HTTPRequestHead
    package let body: EdgeBody

    package init(head: HTTPRequestHead, body: EdgeBody) {
        self.head = head
        self.body = body
    }
}

extension HTTPRequestHead {
    /// The values of all fields with the name, in order, without surrounding whitespace (RFC 9110, section 5.5).
    package func values(_ name: String) -> [String] {
        headers[name].map { value in
            let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let last = value.utf8.lastIndex(where: { !isSpace($0) }) else { return "" }
            return String(Substring(value.utf8[...last].drop(while: isSpace)))
        }
    }
}

package struct EdgeBody: Sendable {
    /// Why a body could not be read.
    package enum Fault: String, Error, Sendable {
        /// It is larger than the reader allows.
        case tooLarge = "too-large"
        /// There is not enough memory for it.
        case noRoom = "no-room"
        /// It ended before its declared length, or its framing is invalid.
        case cutShort = "cut-short"
        /// It did not arrive within ``EdgeLimits/request``.
        case tooSlow = "too-slow"
    }

    private let start: [UInt8]
    /// The `Content-Length`; nil without one.
    private let length: Int?
    private let connection: NIOLoopBound<Connection>?

    /// A body already in memory.
    package init(_ bytes: [UInt8]) {
        (start, length, connection) = (bytes, nil, nil)
    }

    init(of connection: NIOLoopBound<Connection>, length: Int?) {
        (start, self.length, self.connection) = ([], length, connection)
    }

    /// Reads all of it; sends `100 Continue` first if the client waits for it.
    ///
    /// On a connection, this must run on its event loop, as the responder does.
    ///
    /// - Parameters:
    ///   - maximum: The largest body accepted, in bytes.
    ///   - hasRoom: Called before memory is allocated, with the size so far.
    /// - Returns: The content.
    /// - Throws: ``Fault``.
    package func collect(
        upTo maximum: Int,
        hasRoom: (Int) -> Bool = { _ in true }
    ) async throws(Fault) -> [UInt8] {
        func check(_ count: Int) throws(Fault) {
            guard count <= maximum else { throw .tooLarge }
            guard hasRoom(count) else { throw .noRoom }
        }
        try check(length ?? start.count)
        var body = start
        body.reserveCapacity(length ?? 0)
        while let part = try await connection?.value.nextOfBody() {
            try check(body.count + part.readableBytes)
            body.append(contentsOf: part.readableBytesView)
        }
        guard length == nil || body.count == length else { throw .cutShort }
        return body
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
