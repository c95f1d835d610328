internal import HTTPTransport

/// Why a message was not published or a task not created, or may not have been.
package enum PublishError: Error, Equatable, Sendable {
    /// The message breaks one of Pub/Sub's limits, or is empty; it was not sent.
    case invalidMessage
    /// No usable response, or one that asks to retry (408, 429, 5xx): a later attempt may succeed.
    case unavailable(String)
    /// Google refuses the call (400, 403, 404), and will again.
    case refused(status: Int, detail: String)
    /// No access token, or none that Google accepts (401).
    case credentials(String)

    /// Classifies a response other than 200.
    init(_ response: TransportResponse) {
        let error = ErrorEnvelope(response)
        switch (response.status, error.reason) {
        case (401, _): self = .credentials(error.message)
        case (403, "RATE_LIMIT_EXCEEDED"), (408, _), (409, _), (429, _), (500...599, _):
            self = .unavailable(error.message)
        case (let status, _): self = .refused(status: status, detail: error.message)
        }
    }

    /// Classifies a missing response.
    init(_ failure: GoogleAPI.Failure) {
        switch failure {
        case .credentials(let error): self = .credentials(error.detail)
        case .transport(let error): self = .unavailable(error.detail)
        }
    }
}

extension PublishError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidMessage: "the message is empty or breaks one of Pub/Sub's limits"
        case .unavailable(let detail): detail
        case .refused(let status, let detail): "refused with HTTP \(status): \(detail)"
        case .credentials(let detail): "no usable access token: \(detail)"
        }
    }
}
