internal import NIOCore

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

    private let start: [UInt8]
    private let connection: NIOLoopBound<Connection>?

    /// A body that is all there.
    package init(_ bytes: [UInt8]) {
        (start, connection) = (bytes, nil)
    }

    init(of connection: NIOLoopBound<Connection>) {
        (start, self.connection) = ([], connection)
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
