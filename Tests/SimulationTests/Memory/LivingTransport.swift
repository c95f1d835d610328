import HTTPTransport
import VirtualTime

/// An instance's network, which a dead instance has not.
struct LivingTransport: Transport {
    let network: MemoryNetwork
    let instance: MemoryInstance
    let time: VirtualTime
    let reports: Reports

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        guard !instance.isDead else { throw .cancelled }
        let response = try await network.send(request)
        guard !instance.isDead else { throw .cancelled }
        if response.status == 200, request.url.hasSuffix(":setIamPolicy") {
            reports.confirm(response.body, life: instance.life, at: time.uptime)
        }
        return response
    }
}
