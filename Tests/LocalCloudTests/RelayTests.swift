import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct RelayTests {
    private static let body =
        #"{"message":{"data":"QQ==","messageId":"7","message_id":"7","publishTime":"2026-01-01T00:00:00Z"},  "subscription":"s"}"#

    @Test func `without a target it is unavailable`() async throws {
        try await withCloud { _, client async throws in
            #expect(try await client.post("/relay", Self.body).status == 503)
        }
    }

    @Test func `a service that is not there is a bad gateway`() async throws {
        try await withCloud { cloud, client async throws in
            cloud.relay.setTarget("http://127.0.0.1:1/push", .none)
            #expect(try await client.post("/relay", Self.body).status == 502)
            #expect(cloud.deliveries.records.first?.isAcknowledged == false)
        }
    }

    @Test func `the body goes on unchanged with a token, and the answer comes back`() async throws {
        try await withCloud(pushingTo: 425, 204) { cloud, client, endpoint async throws in
            cloud.relay.setTarget(endpoint.url, .token(cloud.options.pushIdentity))
            #expect(try await client.post("/relay", Self.body).status == 425)
            #expect(try await client.post("/relay", Self.body).status == 204)
            #expect(endpoint.requests.map { text($0.body) } == [Self.body, Self.body])
            #expect(endpoint.requests.first?.header("authorization")?.hasPrefix("Bearer ey") == true)
            let records = cloud.deliveries.records(of: "7")
            #expect(records.map(\.attempt) == [1, 2] && records.map(\.subscription) == ["relay", "relay"])
            #expect(records.map(\.outcome) == [.status(425), .status(204)])
        }
    }

    @Test func `a body that is no envelope goes on all the same`() async throws {
        try await withCloud(pushingTo: 400) { cloud, client, endpoint async throws in
            cloud.relay.setTarget(endpoint.url, .none)
            #expect(try await client.post("/relay", "nonsense").status == 400)
            #expect(text(endpoint.requests.first?.body ?? []) == "nonsense")
        }
    }
}
