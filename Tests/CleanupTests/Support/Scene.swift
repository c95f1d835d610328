import Cleanup
import ExpiryNotices
import GoogleCloud
import IAMPolicy
import TestSupport
import Timestamps

/// A committer before a policy service, in virtual time.
struct Scene: Sendable {
    static let project = "project-a"

    let time: VirtualTime
    let service: PolicyService
    let committer: PolicyCommitter
    let cleaner: NoticeCleaner
    /// The writes that the committer reported.
    let log: Record<PolicyWrite>
    /// What all ends are counted from.
    let begin: Instant

    init(
        seed: UInt64? = nil,
        rules: CleanupRules = CleanupRules(),
        concurrency: Int = PolicyCommitter.defaultConcurrency,
        random: @escaping @Sendable () -> Double = { 0.5 }
    ) {
        time = VirtualTime(seed: seed)
        begin = time.now
        service = PolicyService(time: time)
        let log = Record<PolicyWrite>()
        self.log = log
        committer = PolicyCommitter(
            resourceManager: ResourceManager(transport: service, tokens: CountingTokens(), time: time.source()),
            rules: rules,
            schedule: RetrySchedule(random: random),
            time: time.source(),
            concurrency: concurrency
        ) { log.add($0) }
        cleaner = NoticeCleaner(committer: committer, rules: rules, time: time.source())
    }

    /// Puts expired activations of `user-0`, `user-1`, … into a project's policy.
    func fill(_ project: String = Scene.project, users: Range<Int> = 0..<1, endedSecondsAgo: Int64 = 3600) {
        service.edit(project) { bindings in
            bindings += users.map { Self.binding($0, end: begin.adding(seconds: -endedSecondsAgo)) }
        }
    }

    static func binding(_ user: Int, end: Instant, role: String = "roles/viewer") -> String {
        let start = end.adding(seconds: -3600)
        return #"{"role":"\#(role)","members":["user:user-\#(user)@example.com"],"condition":"#
            + #"{"title":"JIT access activation","description":"case \#(user)","expression":"#
            + #""(request.time >= timestamp(\"\#(start)\") && request.time < timestamp(\"\#(end)\"))"}}"#
    }

    static func foreign(_ number: Int) -> String {
        #"{"role":"roles/editor","members":["user:editor-\#(number)@example.com"],"later":{"x":1e400}}"#
    }

    /// What a message announces: one user's activation, published when it began unless told otherwise.
    func notice(
        _ user: Int,
        endedSecondsAgo: Int64 = 3600,
        publishedSecondsAgo: Int64? = nil,
        role: String = "roles/viewer"
    ) -> ExpiryNotice {
        ExpiryNotice(
            resource: "projects/\(Scene.project)",
            ends: [begin.adding(seconds: -endedSecondsAgo)],
            grants: [ExpiryNotice.Grant(role: role, member: "user:user-\(user)@example.com")],
            source: .released,
            messageID: "message-\(user)",
            publishTime: begin.adding(seconds: -(publishedSecondsAgo ?? endedSecondsAgo + 3600))
        )
    }

    /// Asks, and notes when the answer came.
    func ask(
        _ notice: ExpiryNotice,
        _ project: String = Scene.project,
        timeout: Duration = .seconds(50)
    ) async -> (result: CleanupOutcome, at: Duration) {
        var notice = notice
        notice.resource = "projects/\(project)"
        let result = await cleaner.clean(notice, at: time.now, timeout: timeout)
        return (result, time.uptime)
    }

    /// Asks for one user, whose activation ended an hour before the beginning unless told otherwise.
    func ask(
        _ user: Int = 0,
        _ project: String = Scene.project,
        endedSecondsAgo: Int64 = 3600,
        timeout: Duration = .seconds(50)
    ) async -> (result: CleanupOutcome, at: Duration) {
        await ask(notice(user, endedSecondsAgo: endedSecondsAgo), project, timeout: timeout)
    }

    /// Runs all at once; the results in order.
    static func together<Value: Sendable>(
        _ count: Int,
        _ body: @escaping @Sendable (Int) async -> Value
    ) async -> [Value] {
        await withTaskGroup(of: (Int, Value).self) { group in
            for number in 0..<count { group.addTask { (number, await body(number)) } }
            var results: [(Int, Value)] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

extension NoticeCleaner {
    /// Decides and looks, as a push does.
    func clean(_ notice: ExpiryNotice, at now: Instant, timeout: Duration = .seconds(50)) async -> CleanupOutcome {
        switch CleanupDecision.first(notice, rules, now: now) {
        case .outcome(let outcome): outcome
        case .look(let resource): await look(at: resource, for: notice, now: now, timeout: timeout)
        }
    }
}

extension CleanupOutcome {
    /// A constant for comparisons.
    var name: String {
        switch self {
        case .done(let look): look.isRemembered ? "remembered" : "done"
        case .ended: "ended"
        case .needed(.waiting): "waiting"
        case .needed(.young): "young"
        case .needed(.failed(let failure)): failure.reason
        case .ignored(let kind): kind.reason
        case .givenUp(let failure): "given up: \(failure.reason)"
        case .unusable(let reason): reason.rawValue
        case .interrupted: "cancelled"
        }
    }

    /// What the round removed that this answer came from.
    var removed: [ExpiredBinding] {
        if case .done(let look) = self { look.removed } else { [] }
    }
}
