internal import NIOCore
package import NIOHTTP1

/// One request: its head, and where its body comes from.
package struct EdgeRequest: Sendable {
    /// The request line and the header fields.
    package let head: HTTPRequestHead
    /// The body, which is read when somebody asks for it.
    package let body: EdgeBody

    /// A request from its parts.
    package init(head: HTTPRequestHead, body: EdgeBody) {
        self.head = head
        self.body = body
    }

    /// The values of all fields of that name, in order, without the white space around them (RFC 9110, section 5.5).
    package func values(_ name: String) -> [String] {
        head.headers[name].map(Self.trimmed)
    }

    private static func trimmed(_ value: String) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = value.utf8.first, let last = value.utf8.last, isSpace(first) || isSpace(last) else {
            return value
        }
        var rest = value.utf8.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(Substring(rest))
    }
}

/// The answer to a request; `Date`, `Content-Length` and `Connection` are added.
package struct EdgeResponse: Sendable {
    /// The status.
    package var status: HTTPResponseStatus
    /// The header fields.
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

/// The body of a request.
package struct EdgeBody: Sendable {
    /// Why a body could not be read.
    package enum Fault: Error, Sendable {
        /// It is larger than the reader takes.
        case tooLarge
        /// There is no memory for it.
        case noRoom
        /// It ended before its length, or breaks the rules of its framing.
        case cutShort
        /// It did not come within ``EdgeLimits/request``.
        case tooSlow
    }

    private enum Source {
        case whole([UInt8])
        case connection(NIOLoopBound<Connection>)
    }

    private let source: Source

    /// A body that is all there.
    package init(_ bytes: [UInt8]) {
        source = .whole(bytes)
    }

    init(of connection: NIOLoopBound<Connection>) {
        source = .connection(connection)
    }

    /// Reads all of it; a client that waits for 100 Continue is told to send it now.
    ///
    /// On a connection, this must run on its event loop, as the responder does.
    ///
    /// - Parameters:
    ///   - maximum: The most that is taken, in bytes.
    ///   - length: What `Content-Length` says, nil without one.
    ///   - hasRoom: Asked before memory is taken, with the size so far.
    /// - Returns: The content.
    /// - Throws: ``Fault``.
    package func collect(
        upTo maximum: Int,
        length: Int?,
        hasRoom: (Int) -> Bool
    ) async throws(Fault) -> [UInt8] {
        guard length ?? 0 <= maximum else { throw .tooLarge }
        guard hasRoom(length ?? 0) else { throw .noRoom }
        switch source {
        case .whole(let bytes):
            guard bytes.count <= maximum else { throw .tooLarge }
            guard hasRoom(bytes.count) else { throw .noRoom }
            return bytes
        case .connection(let connection):
            var body: [UInt8] = []
            body.reserveCapacity(length ?? 0)
            while let part = try await connection.value.nextOfBody() {
                let count = body.count + part.readableBytes
                guard count <= maximum else { throw .tooLarge }
                guard hasRoom(count) else { throw .noRoom }
                body.append(contentsOf: part.readableBytesView)
            }
            guard length == nil || body.count == length else { throw .cutShort }
            return body
        }
    }
}
