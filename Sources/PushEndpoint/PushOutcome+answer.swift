internal import Cleanup
internal import GoogleCloud
internal import HTTPEdge
package import NIOHTTP1
internal import PushTokens

/// The table of responses, as documented in deploy/README.md.
///
/// Pub/Sub treats 102, 200, 201, 202 and 204 as an acknowledgement and everything else as a request to redeliver
/// (https://docs.cloud.google.com/pubsub/docs/push); Cloud Tasks accepts 2xx. No response gives a reason that would
/// help a forger.
extension PushOutcome {
    package var status: HTTPResponseStatus {
        switch self {
        // 403 only if Google vouches for the caller, who may not push.
        case .refusedToken(let rejection): rejection.refusedIdentity == nil ? .unauthorized : .forbidden
        case .keysUnavailable, .tooManyPushes: .serviceUnavailable
        case .refusedBody(let fault):
            switch fault {
            case .notJSON, .compressed: .unsupportedMediaType
            case .unread(.tooLarge): .payloadTooLarge
            case .unread(.cutShort): .badRequest
            case .unread(.tooSlow): .requestTimeout
            case .unread(.noRoom): .serviceUnavailable
            }
        case .notAnEnvelope: .badRequest
        case .otherSubscription: .forbidden
        case .ignored, .done, .queued, .handedOn, .republished, .quarantined, .dropped: .noContent
        case .needed(let need), .notQueued(let need, _), .notHandedOn(let need, _), .notRepublished(let need, _),
            .republishFailed(let need, _):
            need.status
        case .quarantineFailed, .shuttingDown: .serviceUnavailable
        }
    }

    /// The header fields that accompany the status.
    package var headers: HTTPHeaders {
        switch self {
        case .refusedToken where status == .unauthorized: ["www-authenticate": "Bearer"]
        case .keysUnavailable: Self.retryAfter(5)
        case .tooManyPushes, .refusedBody(.unread(.noRoom)), .shuttingDown: Self.retryAfter(1)
        case .needed(let need), .notQueued(let need, _), .notHandedOn(let need, _), .notRepublished(let need, _),
            .republishFailed(let need, _):
            Self.retryAfter(need.retryAfterSeconds)
        case .quarantineFailed: Self.retryAfter(10)
        case .refusedToken, .refusedBody, .notAnEnvelope, .otherSubscription, .ignored, .done, .queued, .handedOn,
            .republished,
            .quarantined, .dropped:
            [:]
        }
    }

    private static func retryAfter(_ seconds: Int64) -> HTTPHeaders { ["retry-after": String(seconds)] }
}

extension NoticeNeed {
    fileprivate var status: HTTPResponseStatus {
        switch self {
        case .waiting, .young: .custom(code: 425, reasonPhrase: "Too Early")
        case .failed(let failure):
            switch failure {
            // These affect the whole queue, which may slow down.
            case .unavailable, .unexpected, .rateLimited, .credentials, .serviceDisabled, .cancelled:
                .serviceUnavailable
            // These affect one resource: on a 503, Cloud Tasks would slow down all others too.
            case .conflict, .timedOut, .outOfTime, .permissionDenied, .notFound, .invalidArgument, .policyNotUnderstood:
                .internalServerError
            }
        }
    }

    fileprivate var retryAfterSeconds: Int64 {
        switch self {
        case .waiting(let seconds, _, _), .young(let seconds): seconds
        case .failed(.rateLimited(let seconds?, _)): max(1, seconds)
        case .failed(let failure): failure.isPermanent ? 60 : 5
        }
    }
}
