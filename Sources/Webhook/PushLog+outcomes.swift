internal import Base64
internal import Cleanup
internal import IAMPolicy
internal import JITAccess
internal import Logging

/// The ways in which a push can end once there is a message, but for those of one that has to come again.
extension PushLog {
    /// So much of a message is kept in the log when there is no quarantine topic.
    private static let loggedBytes = 64 * 1024
    /// So many bindings are named in a line.
    private static let namedBindings = 5

    func ignored(_ kind: IgnoredMessage) -> PushAnswer {
        line(.info, "message.ignored", "Acknowledged: the message makes no binding", Self.fields(of: kind))
        return .acknowledged
    }

    private static func fields(of kind: IgnoredMessage) -> LogFields {
        var fields: LogFields = ["reason": .string(kind.reason)]
        if case .noBinding(let name) = kind { fields.append("kind", short(name)) }
        return fields
    }

    func cleaned(_ report: CommitReport) -> PushAnswer {
        if !report.remaining.isEmpty {
            line(
                .info,
                "binding.kept",
                "JIT Access bindings that stay, since they live or are not understood",
                [
                    "count": .stringConvertible(report.remaining.count),
                    "bindings": .array(
                        report.remaining.prefix(Self.namedBindings).map { Self.short("\($0.role): \($0.state)") }
                    ),
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

    func setAside(
        _ envelope: PushEnvelope,
        reason: String,
        detail: String,
        _ result: Quarantine.Result
    ) -> PushAnswer {
        func fields(_ own: LogFields = [:]) -> LogFields {
            own.adding(["reason": .string(reason), "detail": Self.short(detail)])
        }
        switch result {
        case .published:
            line(.error, "message.quarantined", "Acknowledged: the message is in the quarantine topic", fields())
            return .acknowledged
        case .notPublished:
            line(
                .error,
                "message.dropped",
                "Acknowledged: the message can never be acted on; this line has its first 64 KiB",
                fields(Self.kept(envelope))
            )
            return .acknowledged
        case .failed(let why):
            line(
                .error,
                "message.quarantine-failed",
                "Not acknowledged: the quarantine topic did not take it",
                fields(["quarantine_error": Self.short(why)])
            )
            return .failedForNow(retryAfterSeconds: 10)
        }
    }

    /// What is kept of a message that nothing else keeps.
    private static func kept(_ envelope: PushEnvelope) -> LogFields {
        [
            "data": .string(Base64.encode(Array(envelope.data.prefix(loggedBytes)))),
            "data_bytes": .stringConvertible(envelope.data.count),
            "attributes": .dictionary(envelope.attributes.mapValues { .string($0) }),
            "publish_time": short(envelope.publishTime ?? ""),
            "subscription": short(envelope.subscription ?? ""),
        ]
    }
}
