/// The network, by way of libcurl: HTTP/2 where the server has it, and connections that are shared and used again.
///
/// Requests of any number of tasks run at the same time on one thread. End it with ``stop()`` within the lifetime of
/// what uses it; dropping the last reference closes its connections too, at some later time.
///
/// libcurl repeats a request by itself in one case: when a connection that was used before turns out to be closed before a
/// single byte of the answer came. What is not to be repeated gets a connection of its own.
package final class CurlTransport: Transport {
    private let loop: CurlLoop
    private let settings: CurlSettings

    /// Starts libcurl's thread.
    ///
    /// - Throws: ``TransportError/cannotConnect(_:)`` if libcurl or its thread cannot be had.
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

    /// Ends the requests in flight, refuses all later ones (both ``TransportError/cancelled``), and returns when the
    /// connections are closed.
    package func stop() async {
        loop.leave()
        await loop.waitUntilLeft()
    }
}
