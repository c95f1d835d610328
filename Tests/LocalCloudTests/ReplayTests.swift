import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct ReplayTests {
    private func publish(_ cloud: LocalCloud) throws -> String {
        try #require(try cloud.pubSub.publish([OutgoingMessage(data: [0x41])], to: cloud.topicName("jit-access")).first)
    }

    private func acknowledged(_ cloud: LocalCloud, _ id: String, times: Int) async throws {
        let log = cloud.deliveries
        try await log.wait(atMost: PushDeliveryTests.limit) { _ in
            log.records(of: id).count(where: \.isAcknowledged) >= times
        }
    }

    @Test func `a seek brings acknowledged messages again, from its time on`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(pushingTo: 204, time: time.source) { cloud, client, endpoint async throws in
            _ = cloud.subscribe(pushingTo: endpoint.url)
            var ids: [String] = []
            for _ in 0..<3 {
                ids.append(try publish(cloud))
                try await acknowledged(cloud, ids[ids.count - 1], times: 1)
                time.advance(.seconds(60))
            }
            let path = "/v1/projects/jit-cleanup-demo/subscriptions/jit-cleanup:seek"
            let answer = try await client.call(path, #"{"time":"\#(Instant(seconds: 1_700_000_060))"}"#)
            #expect(answer.status == 200)
            for id in ids.dropFirst() { try await acknowledged(cloud, id, times: 2) }
            #expect(endpoint.requests.count == 5)
            #expect(cloud.deliveries.records(of: ids[0]).count == 1)
            let bodies = endpoint.requests.map(\.body)
            #expect(Set(bodies).count == 3, "the same message, byte for byte")
        }
    }

    @Test(arguments: [
        ("jit-cleanup", "{}", 400), ("jit-cleanup", #"{"time":"yesterday"}"#, 400), ("jit-cleanup", "", 400),
        ("other", #"{"time":"2026-01-01T00:00:00Z"}"#, 404),
    ])
    func `a seek that makes no sense is refused`(name: String, body: String, status: Int) async throws {
        try await withCloud { cloud, client async throws in
            _ = cloud.subscribe(pushingTo: "http://127.0.0.1:1/push")
            let path = "/v1/projects/jit-cleanup-demo/subscriptions/\(name):seek"
            #expect(try await client.post(path, body).status == status)
        }
    }

    @Test func `a seek into the future acknowledges everything`() async throws {
        try await withCloud(pushingTo: 425) { cloud, _, endpoint async throws in
            let subscription = cloud.subscribe(pushingTo: endpoint.url) { $0.retryPolicy = PushDeliveryTests.fast }
            let id = try publish(cloud)
            try await cloud.deliveries.wait(atMost: PushDeliveryTests.limit) { $0.messageID == id }
            subscription.seek(to: Instant(seconds: 4_000_000_000))
            #expect(subscription.unacknowledged.isEmpty)
        }
    }

    @Test func `what was acknowledged is gone if it is not kept`() async throws {
        try await withCloud(pushingTo: 204) { cloud, _, endpoint async throws in
            let subscription = cloud.subscribe(pushingTo: endpoint.url) { $0.retainsAcknowledged = false }
            let first = try publish(cloud)
            try await acknowledged(cloud, first, times: 1)
            subscription.seek(to: Instant(seconds: 0))
            try await acknowledged(cloud, try publish(cloud), times: 1)
            #expect(cloud.deliveries.records(of: first).count == 1)
        }
    }

    @Test func `a duplicate comes although the message is acknowledged`() async throws {
        try await withCloud(pushingTo: 204, 503) { cloud, _, endpoint async throws in
            let subscription = cloud.subscribe(pushingTo: endpoint.url)
            let id = try publish(cloud)
            try await acknowledged(cloud, id, times: 1)
            subscription.duplicate(id)
            try await cloud.deliveries.wait(atMost: PushDeliveryTests.limit) { $0.outcome == .status(503) }
            #expect(subscription.unacknowledged.isEmpty, "a refused duplicate does not bring the message back")
        }
    }

    @Test func `the log tells deliveries as they happen`() async throws {
        try await withCloud(pushingTo: 425, 204) { cloud, _, endpoint async throws in
            let stream = cloud.deliveries.stream()
            _ = cloud.subscribe(pushingTo: endpoint.url) { $0.retryPolicy = PushDeliveryTests.fast }
            _ = try publish(cloud)
            var seen: [DeliveryRecord.Outcome] = []
            for await record in stream {
                seen.append(record.outcome)
                if record.isAcknowledged { break }
            }
            #expect(seen == [.status(425), .status(204)])
        }
    }

    @Test func `waiting for what does not come ends when the time is over`() async throws {
        try await withCloud { cloud, _ async throws in
            await #expect(throws: DeliveryWaitError.timedOut) {
                try await cloud.deliveries.waitUntilAcknowledged("1", atMost: .milliseconds(20))
            }
        }
    }
}
