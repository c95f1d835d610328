import Cleanup
import GoogleCloud
import IAMPolicy
import JITAccess
import Synchronization
import Timestamps
import VirtualTime

/// A committer before a policy service, in virtual time.
struct Scene: Sendable {
    static let project = "project-a"

    let time: VirtualTime
    let service: PolicyService
    let committer: PolicyCommitter
    let log: WriteRecord
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
        let log = WriteRecord()
        self.log = log
        committer = PolicyCommitter(
            resourceManager: ResourceManager(transport: service, tokens: CountingTokens(), time: time.source()),
            rules: rules,
            schedule: RetrySchedule(random: random),
            time: time.source(),
            concurrency: concurrency
        ) { log.add($0) }
    }

    /// Puts expired activations of `user-0`, `user-1`, … into a project's policy.
    func fill(_ project: String = Scene.project, users: Range<Int> = 0..<1, endedSecondsAgo: Int64 = 3600) {
        service.edit(project) { bindings in
            bindings += users.map { Self.binding($0, end: begin.adding(seconds: -endedSecondsAgo)) }
        }
    }

    static func binding(_ user: Int, end: Instant) -> String {
        let start = end.adding(seconds: -3600)
        return #"{"role":"roles/viewer","members":["user:user-\#(user)@example.com"],"condition":"#
            + #"{"title":"JIT access activation","description":"case \#(user)","expression":"#
            + #""(request.time >= timestamp(\"\#(start)\") && request.time < timestamp(\"\#(end)\"))"}}"#
    }

    static func foreign(_ number: Int) -> String {
        #"{"role":"roles/editor","members":["user:editor-\#(number)@example.com"],"later":{"x":1e400}}"#
    }

    /// What a caller asks.
    func request(_ user: Int, endedSecondsAgo: Int64 = 3600, alone: Bool = false, timeout: Duration) -> CommitRequest {
        let end = begin.adding(seconds: -endedSecondsAgo)
        return CommitRequest(
            removal: alone
                ? .activation(
                    beneficiary: "user-\(user)@example.com",
                    roles: ["roles/viewer"],
                    start: end.adding(seconds: -3600),
                    end: end
                )
                : .allExpired,
            end: end,
            cause: "message-\(user)",
            deadline: time.uptime + timeout
        )
    }

    /// Asks, and notes when the answer came.
    func ask(_ request: CommitRequest, _ project: String = Scene.project) async -> (result: CommitResult, at: Duration)
    {
        guard let id = ProjectID(project) else { return (.failed(.notFound("impossible ID")), time.uptime) }
        let result = await committer.commit(request, to: id)
        return (result, time.uptime)
    }

    /// Asks for one user, whose activation ended an hour before the beginning unless told otherwise.
    func ask(
        _ user: Int = 0,
        _ project: String = Scene.project,
        endedSecondsAgo: Int64 = 3600,
        alone: Bool = false,
        timeout: Duration = .seconds(50)
    ) async -> (result: CommitResult, at: Duration) {
        let wish = request(user, endedSecondsAgo: endedSecondsAgo, alone: alone, timeout: timeout)
        return await ask(wish, project)
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

/// The writes that the committer reported.
final class WriteRecord: Sendable {
    private let writes = Mutex<[PolicyWrite]>([])

    var all: [PolicyWrite] { writes.withLock { $0 } }

    func add(_ write: PolicyWrite) { writes.withLock { $0.append(write) } }
}

extension CommitResult {
    /// A constant for comparisons.
    var name: String {
        switch self {
        case .done(let report): report.isRemembered ? "remembered" : "done"
        case .notEnded: "not-ended"
        case .failed(let failure): failure.reason
        }
    }

    var removed: [RemovedBinding] {
        if case .done(let report) = self { report.removed } else { [] }
    }
}
