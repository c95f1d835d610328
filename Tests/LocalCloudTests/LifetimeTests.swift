import HTTPTransport
import LocalCloud
import LosslessJSON
import Testing
import Timestamps

@Suite struct LifetimeTests {
    private struct Expected: Error, Equatable {}

    @Test func `the closure's error comes out and the port is closed`() async throws {
        let transport = try CurlTransport(CurlSettings(userAgent: "local-cloud-tests"))
        var options = LocalCloudOptions()
        options.signingKeys = [try SharedKey.get()]
        var baseURL = ""
        await #expect(throws: Expected.self) {
            try await withLocalCloud(options, transport: transport) { cloud in
                baseURL = cloud.baseURL
                throw Expected()
            }
        }
        let request = TransportRequest(.get, baseURL + "/oauth2/v3/certs", limits: Client.limits)
        await #expect {
            try await transport.send(request)
        } throws: { error in
            if case TransportError.cannotConnect = error { true } else { false }
        }
        await transport.stop()
    }

    @Test func `it ends at once although an endpoint hangs, a connection is open and a message waits`() async throws {
        let start = ContinuousClock.now
        try await withCloud { cloud, client async throws in
            cloud.faults.inject(.hang(atMost: .seconds(3600)), at: .keys)
            _ = cloud.subscribe(pushingTo: "http://127.0.0.1:1/push") {
                $0.retryPolicy = .init(minimum: .seconds(3600), maximum: .seconds(3600))
            }
            let id = try cloud.pubSub.publish([OutgoingMessage(data: [0x41])], to: cloud.topicName("jit-access"))
            try await cloud.deliveries.wait(atMost: PushDeliveryTests.limit) { $0.messageID == id.first }
            #expect(try await client.get("/").status == 404)
            let hanging = Task { try await client.get("/oauth2/v3/certs") }
            while cloud.requests.count(.keys) == 0 { await Task.yield() }
            hanging.cancel()
            _ = await hanging.result
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func `a port that is taken is an error`() async throws {
        try await withCloud { cloud, _ async throws in
            await #expect(throws: (any Error).self) {
                try await withCloud({ $0.port = cloud.port }) { _, _ in }
            }
        }
    }

    @Test func `the environment points at the cloud`() async throws {
        try await withCloud { cloud, _ async throws in
            let environment = cloud.environment
            #expect(environment["JWKS_URL"] == "http://127.0.0.1:\(cloud.port)/oauth2/v3/certs")
            #expect(environment["RESOURCE_MANAGER_URL"] == "http://127.0.0.1:\(cloud.port)")
            #expect(environment["GCE_METADATA_HOST"] == "127.0.0.1:\(cloud.port)")
            #expect(environment["PUBSUB_EMULATOR_HOST"] == "127.0.0.1:\(cloud.port)")
            #expect(environment.count == 7)
        }
    }
}
