internal import HTTPTransport
internal import Timestamps

/// A call that an access token depends on; it is tried again while its failure may pass.
struct PatientCall: Sendable {
    /// How often a request is tried, as in google-auth for Python.
    static let tries = 3
    /// The wait before the second try; it doubles.
    static let firstWait: Duration = .seconds(1)

    /// What an answer is worth.
    enum Judgement {
        case good
        /// It may go better the next time.
        case failing(String)
        case refused(String)
    }

    /// Stands in front of every error.
    let name: String
    let transport: any Transport
    let time: TimeSource

    /// Sends a request until an answer is good or refused.
    ///
    /// - Parameters:
    ///   - request: The request; doing it twice must do no harm.
    ///   - tries: How often it is tried.
    ///   - judge: What an answer is worth.
    /// - Returns: The good answer.
    /// - Throws: ``AccessTokenError`` whose text begins with ``name``.
    func send(
        _ request: TransportRequest,
        tries: Int = Self.tries,
        judge: (TransportResponse) -> Judgement
    ) async throws(AccessTokenError) -> TransportResponse {
        var wait = Self.firstWait
        var remaining = tries
        while true {
            let failure: String
            switch try await attempt(request, judge) {
            case .success(let response): return response
            case .failure(let passing): failure = passing.detail
            }
            remaining -= 1
            guard remaining > 0 else { throw .unavailable("\(name): \(failure)") }
            do {
                try await time.sleep(wait)
            } catch {
                throw .unavailable("\(name): cancelled")
            }
            wait = wait * 2
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
