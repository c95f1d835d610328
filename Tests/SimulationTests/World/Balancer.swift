import HTTPTransport
import LocalCloud
import LosslessJSON
import Synchronization
import TestSupport
import Timestamps

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
    private let judge = Mutex<Acknowledgements?>(nil)

    init(_ fleet: any Fleet, _ plan: Plan, time: TimeSource, ledger: Ledger) {
        self.fleet = fleet
        self.plan = plan
        self.time = time
        self.ledger = ledger
        begin = time.uptime()
        random = Mutex(SplitMix64(seed: plan.seeds.pushes))
    }

    /// Says what is pushed from; before the first push.
    func open(_ cloud: LocalCloud) {
        judge.withLock { $0 = Acknowledgements(plan: plan, cloud: cloud, ledger: ledger) }
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let way = nextWay()
        if way.delay > .zero {
            do { try await time.sleep(way.delay) } catch { throw .cancelled }
        }
        let start = time.now()
        var request = request
        if plan.scale.ageSeconds > 0 { request.body = aged(request.body) }
        let response = try await fleet.push(request, to: way.instance)
        ledger.count("push \(response.status)")
        if DeliveryRecord.acknowledgingStatuses.contains(response.status) {
            judge.withLock { $0 }?.judge(request.body, from: start, to: time.now())
        }
        if way.losesAnswer {
            ledger.count("lost answer")
            throw .interrupted("lost")
        }
        return response
    }

    /// The push of a message that was published earlier, see ``Scale/ageSeconds``.
    private func aged(_ body: [UInt8]) -> [UInt8] {
        guard let push = try? json(body), let message = push.root["message"],
            let time = message["publishTime"]?.string.flatMap({ Instant($0, spelling: .javaTime) })
        else {
            ledger.violate("a push without a publish time")
            return body
        }
        let earlier = Array("\"\(time.adding(seconds: -plan.scale.ageSeconds))\"".utf8)
        var edit = JSONEdit(push)
        for name in ["publishTime", "publish_time"] {
            if let value = message[name] { edit.replace(value, with: earlier) }
        }
        return edit.bytes()
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
