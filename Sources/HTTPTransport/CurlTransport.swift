/// The network through libcurl: HTTP/2 where the server supports it, with shared and reused connections.
///
/// Requests from any number of tasks run concurrently on one thread. Call ``stop()`` before its users go away; dropping
/// the last reference closes the connections too, at some later time.
///
/// libcurl retries a request by itself in one case: when a reused connection turns out to be closed before a single
/// byte of the response arrived. Requests that must not be repeated get a connection of their own.
package final class CurlTransport: Transport {
    private let loop: CurlLoop
    private let settings: CurlSettings

    /// Starts libcurl's thread.
    ///
    /// - Throws: ``TransportError/cannotConnect(_:)`` if libcurl or its thread cannot be started.
    package init(_ settings: CurlSettings) throws(TransportError) {
        self.settings = settings
        loop = try CurlLoop(
            CurlMulti(
                connectionsPerHost: settings.maximumConnectionsPerHost,
                connections: settings.maximumConnections
            )
        )
    }

    deinit { loop.leave() }

    package func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        try await loop.send(PreparedRequest(request, settings))
    }

    /// Cancels requests in flight, refuses later ones (both with ``TransportError/cancelled``), and returns once the
    /// connections are closed.
    package func stop() async {
        loop.leave()
        await loop.waitUntilLeft()
    }
}
