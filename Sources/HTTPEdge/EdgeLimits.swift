package import NIOCore

/// Limits on what one client may use.
///
/// Requests come from a nearby front end, promptly: every limit is many times what one needs.
package struct EdgeLimits: Sendable {
    /// The time limit for a request's head: from the first byte, or from the start of a new connection.
    package var head: TimeAmount = .seconds(10)
    /// The time limit for a whole request, head and body.
    package var request: TimeAmount = .seconds(20)
    /// How long a connection is kept open between requests.
    package var idle: TimeAmount = .seconds(120)
    /// How long a client may leave responses unread once the kernel's send buffer is full.
    package var answer: TimeAmount = .seconds(10)
    /// How long input is still read and discarded after a response that ends the connection: on an earlier close the
    /// client's TCP stack could drop the response before the client has read it.
    package var lingering: TimeAmount = .seconds(2)
    /// How much of an unread body is discarded to keep the connection.
    package var discardedBytes = 64 * 1024
    /// The most bytes in a header field's name, its value, or the request target.
    package var headerFieldBytes = 16 * 1024
    /// The most bytes in the request target and all header fields together, names and values.
    package var headerBytes = 32 * 1024
    /// The most header fields, trailers included.
    package var headerFields = 100

    package init() {}

    /// How long a connection may still read or write once the server shuts down; what `respond` does is not cut short.
    static let haste: TimeAmount = .seconds(2)
}
