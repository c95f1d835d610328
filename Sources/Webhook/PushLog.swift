internal import Base64
internal import Cleanup
internal import HTTPTypes
internal import IAMPolicy
internal import JITAccess
internal import Logging
internal import PushTokens

/// The audit trail of one push: one method and one line for each way that it can end, which returns the answer too.
///
/// Messages are constants; what varies is metadata. Text that a publisher controls is shortened here and escaped where
/// the line is written. Tokens and policies are never logged, and justifications only within a message that is dropped.
struct PushLog {
    private var logger: Logger
    /// So much of a message is kept in the log when there is no quarantine topic.
    private static let loggedBytes = 64 * 1024
    /// So many bytes of any text that somebody else controls.
    private static let loggedTextBytes = 512
    /// So many bindings are named in a line.
    private static let namedBindings = 5

    init(_ logger: Logger, headers: HTTPFields, traceProject: String?) {
        self.logger = logger
        if let trace = TraceContext(headers) {
            for (name, value) in trace.logFields(project: traceProject) { self.logger[metadataKey: name] = "\(value)" }
        }
    }

    mutating func note(_ envelope: PushEnvelope) {
        logger[metadataKey: "message_id"] = Self.short(envelope.messageID)
        if let attempt = envelope.deliveryAttempt {
            logger[metadataKey: "delivery_attempt"] = .stringConvertible(attempt)
        }
    }

    mutating func note(_ activation: Activation) {
        logger[metadataKey: "project"] = Self.short(activation.project)
        logger[metadataKey: "beneficiary"] = Self.short(activation.beneficiary)
        logger[metadataKey: "roles"] = Self.short(activation.roles.joined(separator: ", "))
        logger[metadataKey: "end"] = "\(activation.end)"
        logger[metadataKey: "family"] = "\(activation.family.rawValue)"
    }

    func shuttingDown() -> PushAnswer {
        line(.info, "push.interrupted", "Not done: the service is shutting down")
        return .shuttingDown
    }

    func overloaded() -> PushAnswer {
        line(.warning, "push.overloaded", "Not done: too many tokens wait for their signature to be checked")
        return .failedForNow(retryAfterSeconds: 1)
    }

    func refusedToken(_ rejection: TokenRejection) -> PushAnswer {
        var fields: Logger.Metadata = ["reason": "\(rejection.reason)"]
        if let refused = rejection.refusedIdentity {
            fields["email"] = Self.short(refused.email)
            fields["audience"] = Self.short(refused.audience)
        }
        line(.warning, "push.refused", "Refused: the token is not one of the subscription's", fields)
        switch rejection.answer {
        case .unauthenticated: return .unauthenticated
        case .forbidden: return .forbidden
        }
    }

    func keysUnavailable(_ error: KeyFetchError) -> PushAnswer {
        line(
            .error,
            "push.keys-unavailable",
            "Not done: Google's keys cannot be had",
            ["reason": "\(error.reason)", "detail": Self.short("\(error)")]
        )
        return .failedForNow(retryAfterSeconds: 5)
    }

    func refusedBody(_ fault: BodyFault) -> PushAnswer {
        line(.warning, "push.body-refused", "Refused: the body is none of Pub/Sub's", ["reason": "\(fault.rawValue)"])
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
            ["reason": "\(fault.rawValue)"]
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

    func ignored(_ kind: IgnoredMessage) -> PushAnswer {
        var fields: Logger.Metadata = ["reason": "\(kind.reason)"]
        if case .noBinding(let name) = kind { fields["kind"] = Self.short(name) }
        line(.info, "message.ignored", "Acknowledged: the message makes no binding", fields)
        return .acknowledged
    }

    func cleaned(_ report: CommitReport) -> PushAnswer {
        if !report.remaining.isEmpty {
            let named = report.remaining.prefix(Self.namedBindings).map { "\($0.role): \($0.state)" }
            line(
                .info,
                "binding.kept",
                "JIT Access bindings that stay, since they live or are not understood",
                [
                    "count": .stringConvertible(report.remaining.count),
                    "bindings": .array(named.map(Self.short)),
                ]
            )
        }
        line(
            .info,
            "activation.done",
            "Acknowledged: nothing is left to do for the activation",
            [
                "expired_bindings": .stringConvertible(report.removed.count),
                // Known from a look a short while ago: no call was made for this one.
                "remembered": .stringConvertible(report.isRemembered),
            ]
        )
        return .acknowledged
    }

    func failed(_ failure: CommitFailure) -> PushAnswer {
        line(
            failure.isPermanent ? .error : .warning,
            "activation.failed",
            "Not cleaned: Pub/Sub will deliver again",
            ["reason": "\(failure.reason)", "detail": Self.short(failure.detail)]
        )
        if case .rateLimited(let seconds?) = failure { return .failedForNow(retryAfterSeconds: max(1, seconds)) }
        return .failedForNow(retryAfterSeconds: failure.isPermanent ? 60 : 5)
    }

    func setAside(
        _ envelope: PushEnvelope,
        reason: String,
        detail: String,
        _ result: Quarantine.Result
    ) -> PushAnswer {
        var fields: Logger.Metadata = ["reason": "\(reason)", "detail": Self.short(detail)]
        switch result {
        case .published:
            line(.error, "message.quarantined", "Acknowledged: the message is in the quarantine topic", fields)
            return .acknowledged
        case .notPublished:
            fields["data"] = .string(Base64.encode(Array(envelope.data.prefix(Self.loggedBytes))))
            fields["data_bytes"] = .stringConvertible(envelope.data.count)
            fields["attributes"] = .dictionary(envelope.attributes.mapValues { .string($0) })
            fields["publish_time"] = Self.short(envelope.publishTime ?? "")
            fields["subscription"] = Self.short(envelope.subscription ?? "")
            line(
                .error,
                "message.dropped",
                "Acknowledged: the message can never be acted on; this line has its first 64 KiB",
                fields
            )
            return .acknowledged
        case .failed(let why):
            fields["quarantine_error"] = Self.short(why)
            line(.error, "message.quarantine-failed", "Not acknowledged: the quarantine topic did not take it", fields)
            return .failedForNow(retryAfterSeconds: 10)
        }
    }

    func line(
        _ level: Logger.Level,
        _ event: String,
        _ message: Logger.Message,
        _ fields: Logger.Metadata = [:]
    ) {
        logger.log(level: level, message, metadata: fields.merging(["event": "\(event)"]) { $1 })
    }

    static func short(_ text: String) -> Logger.MetadataValue {
        guard text.utf8.count > loggedTextBytes else { return .string(text) }
        return .string(String(decoding: text.utf8.prefix(loggedTextBytes), as: UTF8.self) + "…")
    }
}
