internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import NIOHTTP1
internal import PushEndpoint
internal import Service
internal import Timestamps

/// What the service would do with a message, step by step: a pure function of the message, the policy and the time.
///
/// What is decided comes from ``CleanupDecision``, and what is answered from ``PushOutcome``, as in the service.
struct Explanation: Sendable {
    /// A step and what was found in it.
    struct Step: Equatable, Sendable {
        var title: String
        var lines: [String]
    }

    private(set) var steps: [Step] = []
    private let at: Instant
    private let settings: CommandSettings

    /// Explains what the service would do.
    ///
    /// - Parameters:
    ///   - content: A push envelope, or message data.
    ///   - origin: The attribute `origin` that goes with bare data.
    ///   - policy: The answer of `getIamPolicy`; nil if it is not known.
    ///   - at: The time, of our clock and Google's alike.
    ///   - settings: What the operator wants.
    init(_ content: [UInt8], origin: String?, policy: [UInt8]?, at: Instant, settings: CommandSettings) {
        self.at = at
        self.settings = settings
        let input = ExplainedInput(
            content,
            origin: origin,
            titles: settings.rules.titles,
            subscriptions: settings.subscriptions.map(\.description)
        )
        add("Input: \(input.summary)", input.lines)
        switch input.reading {
        case nil: end(input.answer)
        case .ignored(let kind):
            add("Message: \(Self.meaning(kind))")
            end([Self.answer(.ignored(kind), "acknowledged, and nothing is done")])
        case .unusable(let fault):
            add("Message: it can never be acted on: \(fault.reason)")
            end([setAside])
        case .notice(let notice): explain(notice, policy)
        }
    }

    /// The steps, numbered; nothing of the message or policy can move a terminal's cursor.
    var text: String {
        steps.enumerated().map { number, step in
            let lines = step.lines.map { $0.isEmpty ? "\n" : "   \($0.escaped)\n" }.joined()
            return "\(number + 1). \(step.title.escaped)\n\(lines)"
        }.joined(separator: "\n")
    }

    private mutating func explain(_ notice: ExpiryNotice, _ policy: [UInt8]?) {
        let family =
            switch notice.source {
            case .released: "JIT Access 1.5 to 1.8.1"
            case .origin: "a build of 2023"
            case .auditLog: "the audit log"
            }
        let grants = notice.grants.map { "grant    \($0.role) to \($0.member)" }
        let isWithoutEnds = notice.audit?.lacksDelta == true
        let ends =
            isWithoutEnds
            ? ["end      not said: the policy is looked at, and its own ends count"]
            : notice.ends.map { "end      \($0.asWritten)" }
        add("Message: a temporary grant (\(family))", ["resource \(notice.resource)"] + grants + ends)
        let due = notice.instants(graceSeconds: settings.rules.graceSeconds)[0]
        let first = CleanupDecision.first(notice, settings.rules, now: at)
        if case .failure(let why) = settings.rules.resource(named: notice.resource) {
            add("Resource: \(why.detail(notice.resource)): \(why.meaning)")
            if case .outcome(let outcome) = first { return end(answer(to: outcome, notice)) }
        }
        add("Resource: \(notice.resource) may be cleaned")
        let dueLine = isWithoutEnds ? "due      now" : "due      \(due), with \(settings.rules.graceSeconds) s of grace"
        let isDue = if case .look = first { true } else { false }
        add("Time: it has \(isDue ? "" : "not ")ended", ["now      \(at)", dueLine])
        let examined = policy.map { ExplainedPolicy($0, at: max(at, due), settings.rules) }
        if let examined { add("Policy: \(examined.summary)", examined.lines) }
        let look = outcome(of: examined, for: notice, at: max(at, due))
        if case .outcome(let outcome) = first {
            end(answer(to: outcome, notice) + look.enumerated().map { $0 == 0 ? "from \(due) on: \($1)" : $1 })
        } else {
            end(look)
        }
    }

    /// What comes of a look at the policy.
    private func outcome(of policy: ExplainedPolicy?, for notice: ExpiryNotice, at now: Instant) -> [String] {
        guard let policy else {
            return [
                "the policy of \(notice.resource) is read, and every binding in scope whose own condition has expired is "
                    + "removed; then 204 (give --policy to see which)"
            ]
        }
        let outcome = CleanupDecision.outcome(of: policy.result, for: notice, settings.rules, now: now)
        return (policy.write.map { [$0] } ?? []) + answer(to: outcome, notice)
    }

    private func answer(to outcome: CleanupOutcome, _ notice: ExpiryNotice) -> [String] {
        switch outcome {
        case .done(let look):
            let what = look.removed.isEmpty ? "nothing to remove, so nothing is written" : "nothing is left to do"
            return [Self.answer(.done(look), what)]
        case .ended(let look, let next):
            let ends = next.ends.map { "\($0.asWritten)" }.joined(separator: ", ")
            guard settings.pubsub.topic != nil, !settings.rules.isDryRun else {
                let need = NoticeNeed.waiting(retryAfterSeconds: 1, asOf: at)
                return [Self.answer(.notHandedOn(need, why: ""), "it comes again, for the ends in the policy: \(ends)")]
            }
            return [
                Self.answer(.handedOn(look, ends: next.ends), "published again for the ends in the policy: \(ends)")
            ]
        case .ignored(let kind): return [Self.answer(.ignored(kind), "acknowledged, and nothing is done")]
        case .needed(.waiting(let seconds, let ahead, let now)):
            let need = NoticeNeed.waiting(retryAfterSeconds: seconds, clockAheadSeconds: ahead, asOf: now)
            return [
                Self.answer(.needed(need), "Retry-After: \(seconds), and Pub/Sub delivers it again by its retry policy")
            ]
        case .needed(.young(let seconds)):
            let why = "published so recently that the read may not show its binding; Retry-After: \(seconds)"
            return [Self.answer(.needed(.young(retryAfterSeconds: seconds)), why)]
        case .needed(.failed(let failure)), .givenUp(let failure):
            let refused = Self.answer(.needed(.failed(failure)), "\(failure.reason); Pub/Sub delivers it again")
            guard failure.isPermanent else { return [refused] }
            let giveUp = notice.lastEnd.adding(seconds: settings.rules.giveUpSeconds)
            return [refused, "once refused for ten minutes, and after \(giveUp) (GIVE_UP_SECONDS), \(setAside)"]
        case .unusable: return [setAside]
        case .interrupted: return [Self.answer(.shuttingDown, "shutting down")]
        }
    }

    private static func answer(_ outcome: PushOutcome, _ what: String) -> String { "\(outcome.status.code): \(what)" }

    private mutating func add(_ title: String, _ lines: [String] = []) {
        steps.append(Step(title: title, lines: lines))
    }

    private mutating func end(_ lines: [String]) {
        add("Outcome", lines + (settings.rules.isDryRun ? ["(DRY_RUN is set: no policy is written)"] : []))
    }

    private var setAside: String {
        let why = PushOutcome.SetAside(reason: "", detail: "")
        return settings.pubsub.quarantineTopic.map {
            Self.answer(.quarantined(why), "acknowledged, and published to \($0)")
        }
            ?? Self.answer(
                .dropped(why),
                "acknowledged, and logged as an ERROR, message.dropped, with its first 64 KiB"
            )
    }

    private static func meaning(_ kind: IgnoredMessage) -> String {
        switch kind {
        case .noBinding(let type): "\(type), which makes no binding"
        case .ownEcho: "an announcement of this service or its predecessor (origin=jit-cleanup)"
        case .titleNotInScope: "JIT Access's, whose title is not in BINDING_TITLES"
        case .otherEntry: "an audit entry, but not of a change of a project's, folder's or organization's policy"
        case .failedCall: "an audit entry of a call that failed"
        case .accessManager: "an audit entry of Privileged Access Manager, which removes its bindings itself"
        case .noTemporaryGrant: "an audit entry that adds no binding in scope with a known end"
        case .resourceNotAllowed: "an audit entry of a resource that may not be changed"
        case .foreign: "neither JIT Access's nor an audit entry"
        }
    }
}
