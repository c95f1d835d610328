package import NIOCore

/// What one client may take of a server.
///
/// Requests come from a front end, at once and from near: all of these are many times what one needs.
package struct EdgeLimits: Sendable {
    /// The time for a request's head: from the first byte, and on a new connection from its beginning.
    package var head: TimeAmount = .seconds(10)
    /// The time for a whole request, head and body.
    package var request: TimeAmount = .seconds(20)
    /// How long a connection is kept between two requests.
    package var idle: TimeAmount = .seconds(120)
    /// How long a client may leave answers unread once the system keeps no more of them.
    package var answer: TimeAmount = .seconds(10)
    /// How long what a client still sends is thrown away after an answer that ends the connection: closed any sooner,
    /// the client's system could drop the answer before the client has read it.
    package var lingering: TimeAmount = .seconds(2)
    /// How much of an unread body is discarded to keep the connection.
    package var discardedBytes = 64 * 1024
    /// A header field's name, its value, or the request target.
    package var headerFieldBytes = 16 * 1024
    /// The request target and all header fields, names and values.
    package var headerBytes = 32 * 1024
    /// How many header fields there are, trailers included.
    package var headerFields = 100

    package init() {}

    /// What is left to whatever is under way once the server shuts down.
    static let haste: TimeAmount = .seconds(2)
}
