package import NIOHTTP1

/// Everything that `POST /push` can answer.
///
/// Pub/Sub takes 102, 200, 201, 202 and 204 as an acknowledgement and
/// everything else as "again, later" (https://docs.cloud.google.com/pubsub/docs/push).
package enum PushAnswer: Equatable, Sendable {
    /// There is nothing (more) to do for the message.
    case acknowledged
    /// The activation has not ended.
    case notEnded(retryAfterSeconds: Int64)
    /// It could not be done now.
    case failedForNow(retryAfterSeconds: Int64)
    /// The service is shutting down.
    case shuttingDown
    /// No valid token.
    case unauthenticated
    /// A valid Google token of somebody else, or an envelope of another subscription.
    case forbidden
    /// The body is not JSON by its content type, or is compressed.
    case unsupportedMediaType
    /// The body is larger than any that Pub/Sub sends.
    case tooLarge
    /// The body is no push envelope.
    case notAnEnvelope
    /// The client sent its body too slowly.
    case bodyTimedOut

    /// The HTTP status, without any reason that would help a forger.
    package var status: HTTPResponseStatus {
        switch self {
        case .acknowledged: .noContent
        case .notEnded: .custom(code: 425, reasonPhrase: "Too Early")
        case .failedForNow, .shuttingDown: .serviceUnavailable
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .unsupportedMediaType: .unsupportedMediaType
        case .tooLarge: .payloadTooLarge
        case .notAnEnvelope: .badRequest
        case .bodyTimedOut: .requestTimeout
        }
    }

    /// The header fields that go with the status.
    package var headers: HTTPHeaders {
        switch self {
        case .notEnded(let seconds), .failedForNow(let seconds): ["retry-after": String(seconds)]
        case .shuttingDown: ["retry-after": "1"]
        case .unauthenticated: ["www-authenticate": "Bearer"]
        case .acknowledged, .forbidden, .unsupportedMediaType, .tooLarge, .notAnEnvelope, .bodyTimedOut: [:]
        }
    }
}
