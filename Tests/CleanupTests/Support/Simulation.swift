import Cleanup
import GoogleCloud
import HTTPTransport
import IAMPolicy
import JITAccess
import Synchronization
import Timestamps

/// One seeded run of the service against everything that can go wrong, in virtual time.
///
/// JIT Access adds bindings and publishes messages; Pub/Sub delivers them until they are acknowledged, to one of two
/// instances, with duplicates and a replay; editors change the same policies; Resource Manager and the clocks fail;
/// instances are killed. After ``faultEnd`` nothing fails any more, and everything has to come right.
final class Simulation: Sendable {
    /// What may not happen.
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// What happened, so that a test can tell that the paths it is about were taken.
    struct Tally: Sendable {
        var faults = 0
        var kills = 0
        var removals = 0
        var edits = 0
        var deliveries = 0
        var remembered = 0
        var calls = 0
    }

    private struct Message: Sendable {
        let number: Int
        let activation: Activation
        let binding: String
    }

    private struct State {
        var random: SplitMix64
        var ends: [String: Instant] = [:]
        var foreign: [String: [String]] = [:]
        var messages: [Message] = []
        var acknowledged: Set<Int> = []
        var offsets: [Int64] = [0, 0]
        var violations: [String] = []
        var cleaners: [String: ActivationCleaner] = [:]
        var tally = Tally()
    }

    private static let faultTime: Duration = .seconds(1800)
    /// By then, long after the faults, everything must be done.
    private static let end: Duration = .seconds(6 * 3600)
    private static let grace: Int64 = 60
    /// Editors keep each policy about this small, so that a run takes little time.
    private static let mostForeign = 8

    private let time: VirtualTime
    private let service: PolicyService
    private let state: Mutex<State>
    private let projects: [String]
    private let scope: CleanupRules.Scope
    private let faultRate: Int
    private let start: Duration
    private let faultEnd: Duration
    /// When each instance is killed; a new one is there at once.
    private let kills: [[Duration]]
    private let editPause: Int

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        time = VirtualTime(seed: random.next())
        service = PolicyService(
            time: time,
            readTime: .milliseconds(20 + random.number(below: 200)),
            writeTime: .milliseconds(50 + random.number(below: 400))
        )
        projects = (0..<(1 + random.number(below: 5))).map { "project-\($0)" }
        scope = random.oneIn(2) ? .project : .activation
        faultRate = 1 + random.number(below: 5)
        editPause = [8, 25, 80].map { $0 * 1000 }[random.number(below: 3)]
        start = time.uptime
        faultEnd = start + Self.faultTime
        var kills: [[Duration]] = []
        for _ in 0..<2 {
            let times = (0..<random.number(below: 4)).map { _ in random.number(below: 1_800_000) }
            kills.append(times.sorted().map { [start] in start + .milliseconds($0) })
        }
        self.kills = kills
        state = Mutex(State(random: random))
    }

    /// Runs it.
    ///
    /// - Throws: ``Violation``.
    func run() throws -> Tally {
        for project in projects { addForeign(project) }
        service.setFault { [self] in fault($0) }
        try time.run { [self] in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<draw(10, 40) { group.addTask { await self.activate(number) } }
                for project in projects { group.addTask { await self.edit(project) } }
                for instance in 0..<2 { group.addTask { await self.moveClock(instance) } }
                group.addTask { await self.replay() }
            }
        }
        try check()
        return state.withLock { state in
            state.tally.calls = service.calls.count
            state.tally.kills = kills.joined().count
            return state.tally
        }
    }

    // MARK: What happens

    private func activate(_ number: Int) async {
        await pause(milliseconds: draw(0, 1_500_000))
        let project = projects[draw(0, projects.count)]
        let begin = Instant(seconds: time.now.seconds)
        let end = begin.adding(seconds: Int64(draw(180, 1200)))
        let user = "user-\(number)@example.com"
        let binding =
            #"{"role":"roles/viewer","members":["user:\#(user)"],"condition":{"title":"JIT access activation","#
            + #""expression":"(request.time >= timestamp(\"\#(begin)\") && request.time < timestamp(\"\#(end)\"))"}}"#
        state.withLock { $0.ends[binding] = end }
        service.edit(project) { $0.append(binding) }
        let activation = Activation(
            family: .released,
            project: project,
            beneficiary: user,
            roles: ["roles/viewer"],
            start: begin,
            end: end
        )
        let message = Message(number: number, activation: activation, binding: binding)
        state.withLock { $0.messages.append(message) }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<(draw(0, 4) == 0 ? 3 : 1) { group.addTask { await self.deliver(message) } }
        }
    }

    /// Delivers a message until it is acknowledged.
    private func deliver(_ message: Message) async {
        var backoff = 10_000
        while time.uptime < start + Self.end {
            if await push(message) {
                _ = state.withLock { $0.acknowledged.insert(message.number) }
                return
            }
            await pause(milliseconds: backoff + draw(0, 1000))
            backoff = min(backoff * 2, 60_000)
        }
    }

    /// One delivery; whether it was acknowledged.
    private func push(_ message: Message) async -> Bool {
        let instance = draw(0, 2)
        state.withLock { $0.tally.deliveries += 1 }
        let generation = kills[instance].filter { $0 <= time.uptime }.count
        let death = generation < kills[instance].count ? kills[instance][generation] : nil
        let cleaner = cleaner(instance, generation)
        let outcome = await withTaskGroup(of: CleanupOutcome?.self) { group in
            group.addTask {
                await cleaner.clean(message.activation, cause: "\(message.number)", timeout: .seconds(50))
            }
            if let death {
                group.addTask { [time] in
                    try? await time.sleep(death - time.uptime)
                    return nil
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        switch outcome {
        case .clean(let report):
            if report.isRemembered { state.withLock { $0.tally.remembered += 1 } }
            if service.bindings(message.activation.project).contains(message.binding) {
                violate("message \(message.number) was acknowledged while its binding is there")
            }
            return true
        case .unusable, .givenUp:
            violate("message \(message.number) was given up")
            return true
        case .notEnded, .failedForNow, .interrupted, nil:
            return false
        }
    }

    private func edit(_ project: String) async {
        while time.uptime < faultEnd {
            await pause(milliseconds: draw(editPause / 2, editPause * 3))
            // Now and then several at once, so that writes collide.
            for _ in 0..<(draw(0, 5) == 0 ? 5 : 1) {
                addForeign(project)
                let count = state.withLock { $0.foreign[project]?.count ?? 0 }
                if draw(0, 3) == 0 || count > Self.mostForeign { dropForeign(project) }
                await pause(milliseconds: draw(50, 400))
            }
        }
    }

    private func moveClock(_ instance: Int) async {
        while time.uptime < faultEnd {
            await pause(milliseconds: draw(1_000, 300_000))
            let reach = [30, 120, 7_200][draw(0, 3)]
            let offset = Int64(draw(0, 2 * reach) - reach)
            state.withLock { $0.offsets[instance] = offset }
        }
        state.withLock { $0.offsets[instance] = 0 }
    }

    /// Everything that was published once more, acknowledged or not.
    private func replay() async {
        await pause(milliseconds: draw(600_000, 3_000_000))
        let messages = state.withLock { $0.messages }
        await withTaskGroup(of: Void.self) { group in
            for message in messages { group.addTask { await self.deliver(message) } }
        }
    }

    private func fault(_ call: PolicyService.Call) -> PolicyService.Fault? {
        guard call.uptime < faultEnd, draw(0, 10) < faultRate else { return nil }
        state.withLock { $0.tally.faults += 1 }
        switch draw(0, 17) {
        case 0, 1: return .status(409, code: "ABORTED")
        case 2: return .status(412)
        case 3: return .status(429, headers: [("retry-after", "\(draw(0, 40))")])
        case 4: return .status(403, code: "PERMISSION_DENIED")
        case 5: return .status(500)
        case 6: return .status(503, code: "UNAVAILABLE")
        case 7: return .refused
        case 8: return .reset(applied: false)
        case 9, 10: return .reset(applied: true)
        case 11: return .hang(applied: draw(0, 2) == 0)
        case 12: return .cut
        case 13: return .notJSON
        case 14: return .stale
        case 15: return .status(400, code: "INVALID_ARGUMENT")
        default: return .slow(.milliseconds(draw(0, 25_000)))
        }
    }

    // MARK: What must hold

    private func check() throws {
        for write in service.history where write.isService {
            var gone: [String] = []
            var kept = write.after[...]
            for binding in write.before {
                if kept.first == binding { kept.removeFirst() } else { gone.append(binding) }
            }
            if !kept.isEmpty { violate("a write added or moved bindings") }
            if gone.isEmpty { violate("a write changed nothing") }
            state.withLock { $0.tally.removals += gone.count }
            for binding in gone {
                guard let end = state.withLock({ $0.ends[binding] }) else {
                    violate("a foreign binding was removed: \(binding)")
                    continue
                }
                if end.adding(seconds: Self.grace) > write.time { violate("a live binding was removed: \(binding)") }
            }
        }
        let foreign = state.withLock { $0.foreign }
        for project in projects where service.bindings(project) != foreign[project] {
            violate("\(project) is not what its editors made of it: \(service.bindings(project))")
        }
        state.withLock { state in
            let lost = Set(state.messages.map(\.number)).subtracting(state.acknowledged)
            if !lost.isEmpty { state.violations.append("never acknowledged: \(lost.sorted())") }
        }
        if let first = state.withLock({ $0.violations.first }) { throw Violation(description: first) }
    }

    private func violate(_ text: String) { state.withLock { $0.violations.append(text) } }

    // MARK: Parts

    private func cleaner(_ instance: Int, _ generation: Int) -> ActivationCleaner {
        state.withLock { state in
            let name = "\(instance) \(generation)"
            if let cleaner = state.cleaners[name] { return cleaner }
            let source = time.source { [self] in self.state.withLock { $0.offsets[instance] } }
            let rules = CleanupRules(scope: scope, graceSeconds: Self.grace, giveUpSeconds: 86_400)
            let committer = PolicyCommitter(
                resourceManager: ResourceManager(transport: service, tokens: CountingTokens(), time: source),
                rules: rules,
                schedule: RetrySchedule(random: { [self] in Double(draw(0, 1_000_000)) / 1_000_000 }),
                time: source,
                concurrency: 2
            ) { [self] write in
                if write.removed.isEmpty { violate("a write that removed nothing was reported") }
            }
            let cleaner = ActivationCleaner(
                committer: committer,
                // Its timer is a service of its own; here nobody is held, and Pub/Sub delivers again.
                holding: HoldingRoom(longestSeconds: 0, capacity: 1, time: source),
                curfew: Curfew(time: source),
                rules: rules,
                time: source
            )
            state.cleaners[name] = cleaner
            return cleaner
        }
    }

    private func addForeign(_ project: String) {
        state.withLock { $0.tally.edits += 1 }
        let binding = Scene.foreign(draw(0, 1_000_000))
        service.edit(project) { $0.insert(binding, at: $0.isEmpty ? 0 : $0.count - 1) }
        rememberForeign(project)
    }

    private func dropForeign(_ project: String) {
        service.edit(project) { bindings in
            if let place = bindings.firstIndex(where: { $0.contains("roles/editor") }) { bindings.remove(at: place) }
        }
        rememberForeign(project)
    }

    /// After an edit: whatever is not JIT Access's has to stay as it is until the next one.
    private func rememberForeign(_ project: String) {
        let bindings = service.bindings(project).filter { $0.contains("roles/editor") }
        state.withLock { $0.foreign[project] = bindings }
    }

    private func pause(milliseconds: Int) async { try? await time.sleep(.milliseconds(milliseconds)) }

    /// A number from the lower bound on, below the upper.
    private func draw(_ from: Int, _ below: Int) -> Int {
        state.withLock { from + $0.random.number(below: below - from) }
    }
}
