package import NIOCore

/// What one client may take of the service.
///
/// How many clients there may be at a time is the roster's affair. A push comes from Google's front end, at once and from near: all of these are many times what it needs.
package struct EdgeLimits: Sendable {
    /// The time for a request's head: from the first byte, and on a new connection from its beginning.
    package var head: TimeAmount = .seconds(10)
    /// The time for a whole request, head and body.
    package var request: TimeAmount = .seconds(20)
    /// How long a connection is kept between two requests; Google's front end opens new ones as it needs them.
    package var idle: TimeAmount = .seconds(120)
    /// How long a client may leave answers unread once there is no more room for them.
    package var answer: TimeAmount = .seconds(10)
    /// How long the rest of a request is read and thrown away after an answer that ends the connection: closed any
    /// sooner, the client's system could drop the answer before the client has read it.
    package var farewell: TimeAmount = .seconds(2)
    /// A header field's name, its value, or the request target; the token in `Authorization` has at most 8 KiB.
    package var headerFieldBytes = 16 * 1024
    /// The request target and all header fields, names and values.
    package var headerBytes = 32 * 1024
    /// How many header fields there are, trailers included.
    package var headerFields = 100

    /// The limits that hold unless a test says otherwise.
    package init() {}

    /// What is left to a request that is being read, and to a client that reads, once the service shuts down.
    static let haste: TimeAmount = .seconds(2)
    /// So long after it has come a connection that has to make room may still send its request.
    static let newcomersGrace: TimeAmount = .milliseconds(20)
    /// The farewell, once the service shuts down.
    static let hastyFarewell: TimeAmount = .milliseconds(500)
    /// So much is read from a connection at a time; up to four such pieces lie about until a body is asked for.
    static let readBytes = 16 * 1024
    /// So many requests may follow each other before the first is answered; the connection ends with the last of them.
    ///
    /// Pub/Sub sends one at a time.
    static let pipelinedRequests = 64
    /// So many bytes of answers the system keeps for a client: thousands of ours.
    static let answerBytes = 64 * 1024
}

/// A request did not come in its time: what whoever reads its body gets to know.
struct RequestTooSlow: Error {}
