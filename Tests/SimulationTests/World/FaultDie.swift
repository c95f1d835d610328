import LocalCloud
import Synchronization
import TestSupport
import Timestamps

/// Decides which request goes wrong, and how.
final class FaultDie: Sendable {
    private struct State {
        var random: SplitMix64
        /// The number of the fault that strikes the request at hand.
        var drawn: Int?
    }

    private let plan: Plan
    private let time: TimeSource
    private let begin: Duration
    private let ledger: Ledger
    private let state: Mutex<State>

    init(_ plan: Plan, time: TimeSource, ledger: Ledger) {
        self.plan = plan
        self.time = time
        self.ledger = ledger
        begin = time.uptime()
        state = Mutex(State(random: SplitMix64(seed: plan.seeds.faults)))
    }

    /// Whether there are faults at this time.
    var isActive: Bool { time.uptime() - begin < plan.scale.faultTime }

    /// True so many times in a thousand, while there are faults.
    func strikes(inThousand: Int) -> Bool {
        isActive && state.withLock { $0.random.number(below: 1000) < inThousand }
    }

    /// Makes the cloud ask for each of its requests.
    func install(in faults: Faults) {
        for (endpoint, kinds) in Self.catalogue(plan) {
            // The rules of one request are asked in their order and at once; the first of them draws.
            for (number, kind) in kinds.enumerated() {
                faults.inject(kind, at: endpoint, .when { _ in self.strikes(endpoint, number, of: kinds.count) })
            }
        }
        faults.setLatency(plan.readLatency, at: .getIamPolicy)
        faults.setLatency(plan.writeLatency, at: .setIamPolicy)
    }

    private func strikes(_ endpoint: Endpoint, _ number: Int, of count: Int) -> Bool {
        state.withLock { state in
            if number == 0 { state.drawn = draw(endpoint, count, &state.random) }
            guard state.drawn == number else { return false }
            ledger.count("fault \(endpoint.rawValue)")
            return true
        }
    }

    private func draw(_ endpoint: Endpoint, _ count: Int, _ random: inout SplitMix64) -> Int? {
        let now = time.uptime() - begin
        guard now < plan.scale.faultTime else { return nil }
        let outage = plan.outages.first { $0.endpoint == endpoint && $0.begin <= now && now < $0.end }
        if let outage { return outage.fault % count }
        return random.number(below: 1000) < plan.faultsInThousand ? random.number(below: count) : nil
    }

    /// What can go wrong, for each endpoint.
    private static func catalogue(_ plan: Plan) -> [(Endpoint, [Fault])] {
        let scale = plan.scale
        let html = Array("<html>Bad gateway</html>".utf8)
        let common: [Fault] = [
            .error(.internalError), .error(.unavailable), .html(502), .reset, .loseReply, .loseReply,
            .cut(afterBytes: 10), .truncate(toBytes: 25), .status(200, body: html), .hang(atMost: scale.hang),
            .hang(atMost: scale.hang / 4), .delay(scale.delay), .delay(scale.delay / 5),
        ]
        let aborted = GoogleError.concurrentChanges
        var precondition = aborted
        precondition.status = 412
        precondition.code = "FAILED_PRECONDITION"
        let refused: [Fault] = [
            .error(.permissionDenied("a fault", project: "any")), .error(.callerDoesNotHavePermission),
            .error(.notFound("a fault")), .error(.invalidArgument("a fault")),
        ]
        let policy: [Fault] =
            common + (plan.hasRefusals ? refused : []) + [
                .error(aborted), .error(precondition),
                .error(.unauthenticated(hasCredential: true)), .redirect(to: "http://127.0.0.1:1/"),
                .error(.quotaExceeded(.read)),
                .error(.quotaExceeded(.write), retryAfter: "\(scale.retryAfterSeconds)"),
                .error(.quotaExceeded(.write), retryAfter: "\(scale.retryAfterSeconds / 4)"),
            ]
        return [
            (.getIamPolicy, policy),
            // Storms of conflicts are what writes know best.
            (.setIamPolicy, policy + Array(repeating: .error(aborted), count: 6)),
            (.keys, common + [.status(200, body: Array(#"{"keys":[]}"#.utf8)), .status(404)]),
            (.accessToken, common + [.status(404), .status(200, body: Array("{}".utf8))]),
            (.publish, common),
            (.createTask, common + refused.prefix(2)),
        ]
    }
}
