internal import Base64
internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import HTTPEdge
internal import IAMPolicy
internal import Logging
internal import PushTokens

/// The table of events, as documented in deploy/README.md: a line for each way a push can end.
///
/// Messages are constants; everything variable is metadata.
extension PushLog {
    /// The maximum bytes of a message's data logged when it is kept nowhere else.
    private static let loggedBytes = 64 * 1024
    /// The maximum bindings named in one line.
    private static let namedBindings = 5

    /// Writes the lines for an outcome.
    func write(_ outcome: PushOutcome) {
        switch outcome {
        case .refusedToken(let rejection):
            let message: Logger.Message = "Refused: no valid push token"
            limitedLine(.warning, .refused, message, reason: rejection.reason, identity(rejection))
        case .keysUnavailable(let error):
            let message: Logger.Message = "Not done: Google's keys could not be fetched"
            limitedLine(.error, .keysUnavailable, message, reason: error.reason, ["detail": Self.short(error.detail)])
        case .tooManyPushes: limitedLine(.warning, .noPlace, "Not done: too many pushes are in progress")
        case .refusedBody(.unread(.noRoom)):
            limitedLine(.warning, .noRoom, "Not done: the pushes in progress use all memory allowed")
        case .refusedBody(let fault):
            line(.warning, .bodyRefused, "Refused: not a body that Pub/Sub sends", ["reason": .string(fault.reason)])
        case .notAnEnvelope(let fault):
            let message: Logger.Message = "Refused: not a wrapped Pub/Sub message; check the subscription's settings"
            line(.error, .notAnEnvelope, message, ["reason": .string(fault.rawValue)])
        case .otherSubscription(let name):
            let message: Logger.Message = "Refused: the subscription is not in PUBSUB_SUBSCRIPTION_PATH"
            line(.error, .foreignSubscription, message, ["subscription": Self.short(name ?? "none")])
        case .ignored(let kind):
            line(.info, .ignored, "Acknowledged: the message announces no temporary grant", Self.fields(of: kind))
        case .done(let look): write(look)
        case .queued(let instant):
            line(.info, .queued, "Acknowledged: a Cloud Task brings the notice back", ["instant": "\(instant)"])
        case .notQueued(let need, let detail):
            let message: Logger.Message = "Not acknowledged: no Cloud Task could be made"
            line(.warning, .notQueued, message, need.fields.adding(["detail": Self.detail(detail)]))
        case .handedOn(let look, let ends):
            write(look)
            let message: Logger.Message =
                "The audit entry did not say what was added: the ends in the policy are published as a notice"
            line(.info, .handedOn, message, ["ends": .array(ends.map { "\($0.asWritten)" })])
        case .notHandedOn(let need, let why):
            let message: Logger.Message =
                "Some bindings end later, but no notice could be published for them: Pub/Sub will deliver again"
            line(.warning, .notHandedOn, message, need.fields.adding(["detail": Self.short(why)]))
        case .needed(let need): write(need)
        case .notRepublished(let need, let obstacle):
            let message: Logger.Message =
                "Not acknowledged, but Pub/Sub or Cloud Tasks is about to drop the message; this line has its first 64 KiB"
            let fields: Logger.Metadata = ["reason": "retention", "obstacle": .string(obstacle)]
            line(.error, .notRepublished, message, fields.adding(need.fields).adding(kept))
        case .republishFailed(let need, let detail):
            let message: Logger.Message =
                "Not acknowledged: republishing failed, and Pub/Sub or Cloud Tasks is about to drop the message; this line has its first 64 KiB"
            let fields: Logger.Metadata = ["reason": "retention", "detail": Self.short(detail)]
            line(.error, .republishFailed, message, fields.adding(need.fields).adding(kept))
        case .republished(let need, let count):
            let fields: Logger.Metadata = ["reason": "retention", "republished": .stringConvertible(count)]
            let message: Logger.Message = "Acknowledged: published to the topic again"
            line(max(.notice, need.level), .republished, message, fields.adding(need.fields))
        case .quarantined(let why):
            line(.error, .quarantined, "Acknowledged: the message is in the quarantine topic", why.fields)
        case .dropped(let why):
            let message: Logger.Message =
                "Acknowledged and dropped: only this line keeps the message (its first 64 KiB)"
            line(.error, .dropped, message, why.fields.adding(kept))
        case .quarantineFailed(let why, let detail, let isAboutToBeDropped):
            let error: Logger.Metadata = ["quarantine_error": Self.short(detail)]
            let message: Logger.Message = "Not acknowledged: the quarantine topic did not take the message"
            line(.error, .quarantineFailed, message, why.fields.adding(error))
            guard isAboutToBeDropped else { return }
            let last: Logger.Message =
                "Quarantine failed, and Pub/Sub or Cloud Tasks is about to drop the message; this line has its first 64 KiB"
            line(.error, .dropped, last, why.fields.adding(kept))
        case .shuttingDown:
            let message: Logger.Message = "Not done: the service is shutting down"
            if envelope == nil {
                limitedLine(.info, .interrupted, message)
            } else {
                line(.info, .interrupted, message)
            }
        }
    }

    /// Warns that an audit entry added bindings that had already expired.
    func writeAddedDead() {
        guard let audit = notice?.audit else { return }
        for title in audit.deadTitles {
            var fields: Logger.Metadata = ["caller": Self.short(audit.caller)]
            fields["title"] = title.map(Self.short)
            fields["delegate"] = audit.delegate.map(Self.short)
            let message: Logger.Message =
                "A binding was added whose condition had expired: remove it from the code that adds it, or exclude its title"
            line(.warning, .addedDead, message, fields)
        }
    }

    private func write(_ look: Look) {
        let kept = look.kept.filter { binding in
            if case .notUnderstood(let why) = binding.state, why != .eligibilityMarker { return true }
            return notice?.concerns(role: binding.role, members: binding.members) ?? false
        }
        if !kept.isEmpty {
            let named = kept.prefix(Self.namedBindings).map { Self.short("\($0.role): \($0.state.summary)") }
            line(
                .info,
                .kept,
                "Bindings kept: those of this user and these roles, and all that were not understood",
                ["count": .stringConvertible(kept.count), "bindings": .array(named)]
            )
        }
        line(
            .info,
            .done,
            "Acknowledged: nothing is left to do",
            [
                "expired_bindings": .stringConvertible(look.removed.count),
                // True if the answer came from a recent look, without a call for this one.
                "remembered": .stringConvertible(look.isRemembered),
            ]
        )
    }

    private func write(_ need: NoticeNeed) {
        switch need {
        case .waiting(_, clockAheadSeconds: nil, _):
            line(need.level, .waiting, "Not ended: it will be delivered again", need.fields)
        case .waiting:
            let message: Logger.Message =
                "Ended by this machine's clock only, not by Google's: it will be delivered again"
            line(need.level, .clockAhead, message, need.fields)
        case .young:
            let message: Logger.Message =
                "Ended, but published so recently that the read may not show its binding: it will be delivered again"
            line(need.level, .young, message, need.fields)
        case .failed(let failure):
            let fields: Logger.Metadata = ["reason": .string(failure.reason), "detail": Self.detail(failure.detail)]
            line(need.level, .failed, "Not cleaned: it will be delivered again", fields)
        }
    }

    private func identity(_ rejection: TokenRejection) -> Logger.Metadata {
        guard let identity = rejection.refusedIdentity else { return [:] }
        let fields: Logger.Metadata = ["email": Self.short(identity.email), "audience": Self.short(identity.audience)]
        guard identity.audience != audience else { return fields }
        return fields.adding(["expected_audience": Self.short(audience)])
    }

    private static func fields(of kind: IgnoredMessage) -> Logger.Metadata {
        var fields: Logger.Metadata = ["reason": .string(kind.reason)]
        if case .noBinding(let name) = kind { fields["kind"] = short(name) }
        return fields
    }

    /// The fields that preserve a message kept nowhere else.
    private var kept: Logger.Metadata {
        guard let envelope else { return [:] }
        // Published from the log, it must not claim to come from a task.
        let data = (notice?.due == nil ? nil : notice?.unqueued.ownMessage) ?? envelope.data
        return [
            "data": .string(Base64.encode(Array(data.prefix(Self.loggedBytes)))),
            "data_bytes": .stringConvertible(data.count),
            "attributes": .dictionary(envelope.attributes.mapValues { .string($0) }),
            "publish_time": Self.short(envelope.publishTime ?? ""),
            "subscription": Self.short(envelope.subscription ?? ""),
        ]
    }
}

extension NoticeNeed {
    /// The log level of the need by itself.
    fileprivate var level: Logger.Level {
        switch self {
        case .waiting(_, clockAheadSeconds: nil, _), .young: .info
        case .waiting: .warning
        case .failed(let failure): failure.isPermanent ? .error : .warning
        }
    }

    /// The fields of a line about the need.
    fileprivate var fields: Logger.Metadata {
        switch self {
        case .waiting(let seconds, let ahead, _):
            var fields: Logger.Metadata = ["seconds": .stringConvertible(seconds)]
            if let ahead { fields["clock_ahead_seconds"] = .stringConvertible(ahead) }
            return fields
        case .young(let seconds): return ["seconds": .stringConvertible(seconds)]
        case .failed(let failure):
            return ["failure": .string(failure.reason), "failure_detail": PushLog.detail(failure.detail)]
        }
    }
}

extension PushOutcome.SetAside {
    fileprivate var fields: Logger.Metadata { ["reason": .string(reason), "detail": PushLog.detail(detail)] }
}

extension BindingState {
    /// The state of a kept binding, and its end if known, for the log.
    fileprivate var summary: String {
        switch self {
        case .scheduled(let period): "scheduled until \(period.end)"
        case .live(let period): "live until \(period.end)"
        case .withinGrace(let period): "ended at \(period.end), within the grace"
        case .expired(let period): "expired at \(period.end)"
        case .neverGranted: "never granted anything"
        case .noEnd: "no end can be proven"
        case .notUnderstood(let why): "not understood: \(why)"
        case .pam: "Privileged Access Manager's"
        case .notInScope: "not in scope"
        }
    }
}
