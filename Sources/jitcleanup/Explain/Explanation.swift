internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import PushEndpoint
internal import Service
internal import Timestamps

/// What the service would do with a message, step by step: a pure function of the message, the policy and the time.
///
/// As in the service, decisions come from ``CleanupDecision`` and responses from ``PushOutcome``.
struct Explanation: Sendable {
    /// A step and its findings.
    struct Step: Equatable, Sendable {
        var title: String
        var lines: [String]
    }

    private(set) var steps: [Step] = []
    let at: Instant
    let settings: CommandSettings

    /// Explains what the service would do.
    ///
    /// - Parameters:
    ///   - input: The message to explain.
    ///   - policy: The response of `getIamPolicy`; nil if unknown.
    ///   - at: The time on both our clock and Google's.
    ///   - settings: The settings from the environment.
    init(_ input: ExplainedInput, policy: [UInt8]?, at: Instant, settings: CommandSettings) {
        self.at = at
        self.settings = settings
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

    /// The numbered steps; control characters are escaped, so that input cannot manipulate the terminal.
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
            ? ["end      not given: the ends in the policy are used"]
            : notice.ends.map { "end      \($0.asWritten)" }
        add("Message: a temporary grant (\(family))", ["resource \(notice.resource)"] + grants + ends)
        let due = notice.firstLook(graceSeconds: settings.rules.graceSeconds)
        let first = CleanupDecision.first(notice, settings.rules, now: at)
        if case .failure(let why) = settings.rules.resource(named: notice.resource) {
            add("Resource: \(why.detail(notice.resource)): \(why.meaning)")
            if case .outcome(let outcome) = first { return end(answer(to: outcome, notice, at: at)) }
        }
        add("Resource: \(notice.resource) may be cleaned")
        let dueLine =
            isWithoutEnds
            ? "due      now"
            : "due      \(due), \(notice.due == due ? "its Cloud Task's time" : "with \(settings.rules.graceSeconds) s of grace")"
        let isDue = if case .look = first { true } else { false }
        add("Time: it has \(isDue ? "" : "not ")ended", ["now      \(at)", dueLine])
        // If it waits in a task, the task brings it back; otherwise its sender delivers it again.
        var later: (notice: ExpiryNotice, at: Instant)?
        if case .outcome(.needed(let need)) = first {
            later = (notice, due)
            if case .task(let task) = keeper(of: notice, need, at: at), settings.taskQueue != nil {
                later = (task.notice.queued(at: at, due: task.instant), task.instant)
            }
        }
        let examined = policy.map { ExplainedPolicy($0, at: later?.at ?? at, settings.rules) }
        if let examined { add("Policy: \(examined.summary)", examined.lines) }
        var lines = lines(for: notice, examined, at: at)
        if let later {
            let then = self.lines(for: later.notice, examined, at: later.at)
            lines += ["from \(later.at) on: \(then[0])"] + then.dropFirst()
        }
        end(lines)
    }

    /// The actions and the response at a given time.
    private func lines(for notice: ExpiryNotice, _ policy: ExplainedPolicy?, at now: Instant) -> [String] {
        if case .outcome(let outcome) = CleanupDecision.first(notice, settings.rules, now: now) {
            return answer(to: outcome, notice, at: now)
        }
        let unseen = Look(now: now, isCurrent: true)
        let outcome = CleanupDecision.outcome(
            of: policy?.result ?? .success(unseen),
            for: notice,
            settings.rules,
            now: now
        )
        let read =
            "the policy of \(notice.resource) is read, and every binding in scope whose own condition has expired is "
            + "removed (give --policy to see which)"
        return (policy.map { $0.write.map { [$0] } ?? [] } ?? [read]) + answer(to: outcome, notice, at: now)
    }

    /// Decides what holds a notice that is still needed.
    func keeper(of notice: ExpiryNotice, _ need: NoticeNeed, at now: Instant) -> NoticeKeeper {
        CleanupDecision.keeper(
            of: notice,
            need,
            settings.rules,
            hasQueue: settings.taskQueue != nil,
            isLastChance: notice.isAboutToLeaveQueue(at: now),
            now: now
        )
    }

    private mutating func add(_ title: String, _ lines: [String] = []) {
        steps.append(Step(title: title, lines: lines))
    }

    private mutating func end(_ lines: [String]) {
        add("Outcome", lines + (settings.rules.isDryRun ? ["(DRY_RUN is set: no policy is written)"] : []))
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
