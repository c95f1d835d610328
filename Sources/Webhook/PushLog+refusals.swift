internal import Logging
internal import PushTokens

/// The ways in which a push can end before there is a message.
extension PushLog {
    func shuttingDown() -> PushAnswer {
        if isOfMessage {
            line(.info, "push.interrupted", "Not done: the service is shutting down, or the sender has gone")
        } else {
            limitedLine(.info, "push.interrupted", "Not done: the service is shutting down, or the sender has gone")
        }
        return .shuttingDown
    }

    func overloaded() -> PushAnswer {
        limitedLine(.warning, "push.overloaded", "Not done: too many tokens wait for their signature to be checked")
        return .failedForNow(retryAfterSeconds: 1)
    }

    func refusedToken(_ rejection: TokenRejection) -> PushAnswer {
        limitedLine(
            .warning,
            "push.refused",
            "Refused: the token is not one of the subscription's",
            reason: rejection.reason,
            rejection.refusedIdentity.map { ["email": Self.short($0.email), "audience": Self.short($0.audience)] }
                ?? [:]
        )
        switch rejection.answer {
        case .unauthenticated: return .unauthenticated
        case .forbidden: return .forbidden
        }
    }

    func keysUnavailable(_ error: KeyFetchError) -> PushAnswer {
        limitedLine(
            .error,
            "push.keys-unavailable",
            "Not done: Google's keys cannot be had",
            reason: error.reason,
            ["detail": Self.short("\(error)")]
        )
        return .failedForNow(retryAfterSeconds: 5)
    }

    func refusedBody(_ fault: BodyFault) -> PushAnswer {
        line(
            .warning,
            "push.body-refused",
            "Refused: the body is none of Pub/Sub's",
            ["reason": .string(fault.rawValue)]
        )
        switch fault {
        case .notJSON, .compressed: return .unsupportedMediaType
        case .tooLarge: return .tooLarge
        case .cutShort: return .notAnEnvelope
        case .tooSlow: return .bodyTimedOut
        }
    }

    func notAnEnvelope(_ fault: EnvelopeFault) -> PushAnswer {
        line(
            .error,
            "push.not-an-envelope",
            "Refused: no wrapped Pub/Sub push; check the subscription's settings",
            ["reason": .string(fault.rawValue)]
        )
        return .notAnEnvelope
    }

    func foreignSubscription(_ subscription: String?) -> PushAnswer {
        line(
            .error,
            "push.foreign-subscription",
            "Refused: the subscription is not in PUBSUB_SUBSCRIPTION_PATH",
            ["subscription": Self.short(subscription ?? "none")]
        )
        return .forbidden
    }
}
