package import HTTPTransport
package import Timestamps

/// A call that an access token depends on; retried while its failure may be transient.
package struct RetryingCall: Sendable {
    /// How many times a request is attempted, as in google-auth for Python.
    package static let tries = 3
    /// 1 s and 2 s: the metadata server has one client, so no jitter is needed.
    private static let schedule = RetrySchedule(first: .seconds(1), random: { 1 })

    /// The prefix of every error text.
    let name: String
    let transport: any Transport
    let time: TimeSource

    package init(name: String, transport: any Transport, time: TimeSource) {
        self.name = name
        self.transport = transport
        self.time = time
    }

    /// Sends a request until a response is good or refused.
    ///
    /// - Parameters:
    ///   - request: The request; must be safe to repeat.
    ///   - tries: How many times it is attempted.
    ///   - fault: Checks a response; nil for a good one. Only unavailability is retried.
    /// - Returns: The good response.
    /// - Throws: ``AccessTokenError`` whose text begins with ``name``.
    package func send(
        _ request: TransportRequest,
        tries: Int = Self.tries,
        fault: (TransportResponse) -> AccessTokenError?
    ) async throws(AccessTokenError) -> TransportResponse {
        var failures = 0
        while true {
            do throws(AccessTokenError) {
                let response = try await attempt(request)
                if let fault = fault(response) { throw fault }
                return response
            } catch {
                guard case .unavailable(let detail) = error else { throw .refused("\(name): \(error.detail)") }
                failures += 1
                guard failures < tries,
                    (try? await time.sleep(Self.schedule.pause(afterFailure: failures - 1))) != nil
                else { throw .unavailable("\(name): \(detail)") }
            }
        }
    }

    private func attempt(_ request: TransportRequest) async throws(AccessTokenError) -> TransportResponse {
        do throws(TransportError) {
            return try await transport.send(request)
        } catch {
            if case .invalidRequest = error { throw .refused(error.detail) }
            throw .unavailable(error.detail)
        }
    }
}
