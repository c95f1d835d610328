package import HTTPTransport
package import Timestamps

/// A call that an access token depends on; it is tried again while its failure may pass.
package struct RetryingCall: Sendable {
    /// How often a request is tried, as in google-auth for Python.
    package static let tries = 3
    /// 1 s and 2 s: the metadata server has one client, so nothing has to be spread.
    private static let schedule = RetrySchedule(first: .seconds(1), random: { 1 })

    /// What an answer is worth.
    package enum Judgement {
        case good
        /// It may go better the next time.
        case failing(String)
        case refused(String)
    }

    /// Stands in front of every error.
    let name: String
    let transport: any Transport
    let time: TimeSource

    /// A call that is described in errors by this name.
    package init(name: String, transport: any Transport, time: TimeSource) {
        self.name = name
        self.transport = transport
        self.time = time
    }

    /// Sends a request until an answer is good or refused.
    ///
    /// - Parameters:
    ///   - request: The request; doing it twice must do no harm.
    ///   - tries: How often it is tried.
    ///   - judge: What an answer is worth.
    /// - Returns: The good answer.
    /// - Throws: ``AccessTokenError`` whose text begins with ``name``.
    package func send(
        _ request: TransportRequest,
        tries: Int = Self.tries,
        judge: (TransportResponse) -> Judgement
    ) async throws(AccessTokenError) -> TransportResponse {
        var failures = 0
        while true {
            let failure: String
            switch try await attempt(request, judge) {
            case .success(let response): return response
            case .failure(let passing): failure = passing.detail
            }
            failures += 1
            guard failures < tries else { throw .unavailable("\(name): \(failure)") }
            do {
                try await time.sleep(Self.schedule.pause(afterFailure: failures - 1))
            } catch {
                throw .unavailable("\(name): cancelled")
            }
        }
    }

    private struct Passing: Error {
        let detail: String
    }

    private func attempt(
        _ request: TransportRequest,
        _ judge: (TransportResponse) -> Judgement
    ) async throws(AccessTokenError) -> Result<TransportResponse, Passing> {
        let response: TransportResponse
        do throws(TransportError) {
            response = try await transport.send(request)
        } catch {
            switch error {
            case .cannotConnect, .interrupted, .timedOut: return .failure(Passing(detail: error.detail))
            case .tooLarge, .cancelled: throw .unavailable("\(name): \(error.detail)")
            case .invalidRequest: throw .refused("\(name): \(error.detail)")
            }
        }
        switch judge(response) {
        case .good: return .success(response)
        case .failing(let detail): return .failure(Passing(detail: detail))
        case .refused(let detail): throw .refused("\(name): \(detail)")
        }
    }
}
