/// Sends one HTTP request to another service and returns the whole response.
///
/// The seam between this service and the network: ``CurlTransport`` in production, anything else where a test decides
/// what the network does.
package protocol Transport: Sendable {
    /// Sends the request and waits for the whole response, whatever its status.
    ///
    /// Redirects are not followed. Cancelling the task aborts the transfer.
    ///
    /// - Throws: ``TransportError`` when no complete response arrives within the request's limits.
    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse
}

/// A request to another service.
package struct TransportRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// The request method (RFC 9110, section 9).
    package var method: Method
    /// The absolute URL: `https`, or `http` on loopback and for the metadata server.
    package var url: String
    /// The header fields, in order.
    package var headers: [(name: String, value: String)]
    /// The content; empty for none.
    package var body: [UInt8]
    /// The time limits and the largest response.
    package var limits: TransportLimits
    /// Whether the transport may resend the request when a connection dies before a response arrives.
    ///
    /// False where a second attempt could look like another writer's: such a request fails instead, and its outcome has
    /// to be checked.
    package var mayBeRepeated = true

    package init(
        _ method: Method,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        limits: TransportLimits
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits
    }
}

package struct TransportLimits: Sendable {
    /// The time limit for connecting, DNS lookup and TLS included.
    package var connect: Duration
    /// The time limit for the whole request.
    package var total: Duration
    /// The largest response accepted, in bytes.
    package var responseBytes: Int

    package init(connect: Duration, total: Duration, responseBytes: Int) {
        self.connect = connect
        self.total = total
        self.responseBytes = responseBytes
    }
}

/// A complete response from another service.
package struct TransportResponse: Sendable {
    /// The HTTP status code (RFC 9110, section 15).
    package var status: Int
    /// Header fields in order; names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first field with the name (given in lower case); nil if there is none.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

/// Why there is no complete response.
package enum TransportError: Error, Equatable, Sendable {
    /// No connection: DNS lookup, refusal, TLS, or timeout. The request was not sent.
    case cannotConnect(String)
    /// The request may have been sent, but no complete answer came in time.
    case timedOut
    /// The request may have been sent; the connection broke before the response was complete.
    case interrupted(String)
    /// The response is larger than the request's limit.
    case tooLarge
    /// The request cannot be sent as it is (malformed URL, forbidden scheme, header with a line break).
    case invalidRequest(String)
    /// The task was cancelled, or the transport was stopped.
    case cancelled

    /// The reason as text; reveals nothing of the request but its host.
    package var detail: String {
        switch self {
        case .cannotConnect(let detail), .interrupted(let detail), .invalidRequest(let detail): detail
        case .timedOut: "timed out"
        case .tooLarge: "answer too large"
        case .cancelled: "cancelled"
        }
    }

    /// Whether the other side may have acted on the request.
    package var mayHaveBeenSent: Bool {
        switch self {
        case .timedOut, .interrupted, .tooLarge, .cancelled: true
        case .cannotConnect, .invalidRequest: false
        }
    }
}
