internal import NIOCore

package struct EdgeBody: Sendable {
    /// Why a body could not be read.
    package enum Fault: Error, Sendable {
        /// It is larger than the reader allows.
        case tooLarge
        /// There is not enough memory for it.
        case noRoom
        /// It ended before its declared length, or its framing is invalid.
        case cutShort
        /// It did not arrive within ``EdgeLimits/request``.
        case tooSlow
    }

    private let start: [UInt8]
    private let connection: NIOLoopBound<Connection>?

    /// A body already in memory.
    package init(_ bytes: [UInt8]) {
        (start, connection) = (bytes, nil)
    }

    init(of connection: NIOLoopBound<Connection>) {
        (start, self.connection) = ([], connection)
    }

    /// Reads all of it; sends `100 Continue` first if the client waits for it.
    ///
    /// On a connection, this must run on its event loop, as the responder does.
    ///
    /// - Parameters:
    ///   - maximum: The largest body accepted, in bytes.
    ///   - length: The `Content-Length`; nil without one.
    ///   - hasRoom: Called before memory is allocated, with the size so far.
    /// - Returns: The content.
    /// - Throws: ``Fault``.
    package func collect(
        upTo maximum: Int,
        length: Int?,
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
