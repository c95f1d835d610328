import HTTPTransport
import LocalCloud
import Synchronization
import TestSupport

/// Instances of the service without sockets, that come and go as planned.
final class MemoryFleet: Fleet {
    private struct State {
        var random: SplitMix64
        var instances: [MemoryInstance?]
        var offsets: [Int64]
        var lives = 0

        mutating func newLife() -> Int {
            lives += 1
            return lives
        }
    }

    private let plan: Plan
    private let time: VirtualTime
    private let ledger: Ledger
    private let reports: Reports
    private let state: Mutex<State>

    init(_ plan: Plan, _ time: VirtualTime, _ ledger: Ledger, _ reports: Reports) {
        self.plan = plan
        self.time = time
        self.ledger = ledger
        self.reports = reports
        state = Mutex(
            State(
                random: SplitMix64(seed: plan.seeds.service),
                instances: Array(repeating: nil, count: Plan.instances),
                offsets: Array(repeating: 0, count: Plan.instances)
            )
        )
    }

    func push(_ request: TransportRequest, to instance: Int) async throws(TransportError) -> TransportResponse {
        guard let instance = state.withLock({ $0.instances[instance] }) else { throw .cannotConnect("refused") }
        return try await instance.push(request)
    }

    /// Sets an instance's wall clock off.
    func setClock(_ instance: Int, _ seconds: Int64) { state.withLock { $0.offsets[instance] = seconds } }

    /// An instance's way to the network, which a dead instance has not.
    private func transport(of instance: MemoryInstance, _ network: MemoryNetwork) -> TestTransport {
        TestTransport(keeps: false) { [time, reports] request in
            guard !instance.isDead else { return .failure(.cancelled) }
            do throws(TransportError) {
                let response = try await network.send(request)
                guard !instance.isDead else { return .failure(.cancelled) }
                if response.status == 200, request.url.hasSuffix(":setIamPolicy") {
                    reports.confirm(response.body, life: instance.life, at: time.uptime)
                }
                return .success(response)
            } catch { return .failure(error) }
        }
    }

    /// Runs one life of an instance after the other, until the task is cancelled.
    func host(_ number: Int, _ cloud: LocalCloud, _ network: MemoryNetwork, since begin: Duration) async {
        for ending in plan.endings[number].map(Optional.some) + [nil] {
            let instance = MemoryInstance(time, ledger, life: state.withLock { $0.newLife() })
            do {
                let parts = try MemoryParts(
                    plan,
                    cloud,
                    transport(of: instance, network),
                    time.source { [self] in state.withLock { $0.offsets[number] } },
                    random: { [self] in state.withLock { $0.random.fraction() } },
                    ledger: ledger,
                    onWrite: { [reports] write in
                        guard !instance.isDead else { return }
                        reports.take(write, life: instance.life, cloud.resourceManager)
                    }
                )
                state.withLock { $0.instances[number] = instance }
                await instance.run(parts, until: ending.map { (begin + $0.at, $0.signal) })
            } catch {
                ledger.violate("an instance does not start: \(error)")
            }
            state.withLock { $0.instances[number] = nil }
            reports.end(instance.life, at: time.uptime)
            // Ends early only with the simulation.
            if let ending { try? await time.sleep(ending.downtime) }
        }
    }
}
