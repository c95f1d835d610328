internal import Synchronization
internal import Timestamps

/// The faults to inject.
///
/// Rules are tried in the order in which they were added; the first match is used.
package final class Faults: Sendable {
    fileprivate struct Rule {
        let fault: Fault
        let endpoint: Endpoint
        let resource: String?
        var scope: FaultScope
        var seen = 0
    }

    private struct State {
        var rules: [Rule] = []
        var latencies: [Endpoint: Duration] = [:]
        var dateHeader = DateHeader.exact
        var struck: [Endpoint: Int] = [:]
    }

    private let state = Mutex(State())

    init() {}

    /// Adds a rule.
    ///
    /// - Parameters:
    ///   - fault: What goes wrong.
    ///   - endpoint: Where.
    ///   - resource: Only for this project, topic or metadata key; nil for any.
    ///   - scope: For which of those requests.
    package func inject(
        _ fault: Fault,
        at endpoint: Endpoint,
        for resource: String? = nil,
        _ scope: FaultScope = .next(1)
    ) {
        state.withLock {
            $0.rules.append(Rule(fault: fault, endpoint: endpoint, resource: resource, scope: scope))
        }
    }

    /// Takes all rules away, or those of one endpoint.
    package func clear(_ endpoint: Endpoint? = nil) {
        state.withLock { state in
            state.rules.removeAll { endpoint == nil || $0.endpoint == endpoint }
        }
    }

    /// How many requests of an endpoint were struck so far.
    package func struck(_ endpoint: Endpoint) -> Int {
        state.withLock { $0.struck[endpoint, default: 0] }
    }

    /// Makes every request to an endpoint take at least this long.
    package func setLatency(_ latency: Duration?, at endpoint: Endpoint) {
        state.withLock { $0.latencies[endpoint] = latency }
    }

    /// Sets what stands in the `Date` field of all answers.
    package func setDateHeader(_ dateHeader: DateHeader) {
        state.withLock { $0.dateHeader = dateHeader }
    }

    func latency(at endpoint: Endpoint) -> Duration? {
        state.withLock { $0.latencies[endpoint] }
    }

    /// The text of the `Date` field; nil for none.
    func date(_ now: Instant) -> String? {
        switch state.withLock({ $0.dateHeader }) {
        case .exact: now.httpDate
        case .shifted(let seconds): now.adding(seconds: seconds).httpDate
        case .omitted: nil
        case .text(let text): text
        }
    }

    /// The fault that strikes this request, if any.
    func take(_ route: Route) -> Fault? {
        state.withLock { state in
            for position in state.rules.indices where state.rules[position].applies(to: route) {
                guard let fault = state.rules[position].strike(route) else { continue }
                if state.rules[position].isSpent { state.rules.remove(at: position) }
                state.struck[route.endpoint, default: 0] += 1
                return fault
            }
            return nil
        }
    }
}

extension Faults.Rule {
    fileprivate func applies(to route: Route) -> Bool {
        endpoint == route.endpoint && (resource == nil || resource == route.resource)
    }

    fileprivate var isSpent: Bool {
        if case .next(let left) = scope { left <= 0 } else { false }
    }

    fileprivate mutating func strike(_ route: Route) -> Fault? {
        seen += 1
        switch scope {
        case .always: return fault
        case .when(let matches): return matches(FaultOccasion(route: route, number: seen)) ? fault : nil
        case .next(let left):
            guard left > 0 else { return nil }
            scope = .next(left - 1)
            return fault
        }
    }
}
