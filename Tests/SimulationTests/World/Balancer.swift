import HTTPTransport
import LocalCloud
import Synchronization
import Timestamps
import VirtualTime

/// Where pushes can go: instances of the service that come and go.
protocol Fleet: Sendable {
    /// Pushes to one of the instances, if it is there.
    func push(_ request: TransportRequest, to instance: Int) async throws(TransportError) -> TransportResponse
}

/// The way from Pub/Sub to the service: chooses an instance, is late, loses answers, and watches what is acknowledged.
final class Balancer: Transport {
    /// What pushes are addressed to.
    static let url = "http://127.0.0.1:1/push"

    private struct Way {
        let instance: Int
        let delay: Duration
        let losesAnswer: Bool
    }

    private let fleet: any Fleet
    private let plan: Plan
    private let time: TimeSource
    private let ledger: Ledger
    private let begin: Duration
    private let random: Mutex<SplitMix64>
    private let cloud = Mutex<LocalCloud?>(nil)

    init(_ fleet: any Fleet, _ plan: Plan, time: TimeSource, ledger: Ledger) {
        self.fleet = fleet
        self.plan = plan
        self.time = time
        self.ledger = ledger
        begin = time.uptime()
        random = Mutex(SplitMix64(seed: plan.seeds.pushes))
    }

    /// Says what is pushed from; before the first push.
    func open(_ cloud: LocalCloud) { self.cloud.withLock { $0 = cloud } }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let way = nextWay()
        if way.delay > .zero {
            do { try await time.sleep(way.delay) } catch { throw .cancelled }
        }
        let response = try await fleet.push(request, to: way.instance)
        ledger.count("push \(response.status)")
        if DeliveryRecord.acknowledgingStatuses.contains(response.status), let cloud = cloud.withLock({ $0 }) {
            ledger.acknowledge(request.body, cloud)
        }
        if way.losesAnswer {
            ledger.count("lost answer")
            throw .interrupted("lost")
        }
        return response
    }

    private func nextWay() -> Way {
        let hasFaults = time.uptime() - begin < plan.scale.faultTime
        return random.withLock { random in
            let instance = random.number(below: Plan.instances)
            guard hasFaults else { return Way(instance: instance, delay: .zero, losesAnswer: false) }
            return Way(
                instance: instance,
                delay: random.oneIn(5) ? random.time(below: plan.scale.delay) : .zero,
                losesAnswer: random.oneIn(30)
            )
        }
    }
}
