import Base64
import HTTPTransport
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import LocalCloud

@Suite struct PushDeliveryTests {
    static let fast = SubscriptionSettings.RetryPolicy(minimum: .milliseconds(5), maximum: .milliseconds(20))
    static let limit = Duration.seconds(60)

    private func publish(_ cloud: LocalCloud, _ data: String = "x") throws -> String {
        let ids = try cloud.pubSub.publish([OutgoingMessage(data: Array(data.utf8))], to: cloud.topicName("jit-access"))
        return try #require(ids.first)
    }

    @Test(arguments: [203, 206, 301, 400, 401, 404, 425, 429, 500, 503])
    func `any other status brings the message back`(status: Int) async throws {
        try await withCloud(pushingTo: status, 204) { cloud, _, endpoint async throws in
            _ = cloud.subscribe(pushingTo: endpoint.url) { $0.retryPolicy = Self.fast }
            let id = try publish(cloud)
            try await cloud.deliveries.waitUntilAcknowledged(id, atMost: Self.limit)
            #expect(cloud.deliveries.records(of: id).map(\.outcome) == [.status(status), .status(204)])
        }
    }

    @Test(arguments: [200, 201, 202, 204])
    func `an acknowledged message does not come again`(status: Int) async throws {
        try await withCloud(pushingTo: status) { cloud, _, endpoint async throws in
            let subscription = cloud.subscribe(pushingTo: endpoint.url) { $0.retryPolicy = Self.fast }
            let first = try publish(cloud)
            try await cloud.deliveries.waitUntilAcknowledged(first, atMost: Self.limit)
            let second = try publish(cloud)
            try await cloud.deliveries.waitUntilAcknowledged(second, atMost: Self.limit)
            #expect(endpoint.requests.count == 2)
            #expect(subscription.unacknowledged.isEmpty)
        }
    }

    @Test func `a push has Google's headers, the envelope, and a token of the identity that is used again`()
        async throws
    {
        try await withCloud(pushingTo: 503, 204) { cloud, client, endpoint async throws in
            _ = cloud.subscribe(pushingTo: "\(endpoint.url)/push") { $0.retryPolicy = Self.fast }
            let id = try publish(cloud, "hello")
            try await cloud.deliveries.waitUntilAcknowledged(id, atMost: Self.limit)
            let push = try #require(endpoint.requests.first)
            #expect(push.method == "POST" && push.target == "/push")
            #expect(push.header("content-type") == "application/json")
            #expect(push.headers.filter { $0.name == "user-agent" }.map(\.value) == ["CloudPubSub-Google"])
            #expect(push.header("content-length") == String(push.body.count))
            let envelope = try json(push.body).root
            #expect(envelope["subscription"]?.string == "projects/jit-cleanup-demo/subscriptions/jit-cleanup")
            #expect(envelope["message"]?["messageId"]?.string == id && envelope["deliveryAttempt"] == nil)
            let authorization = try #require(push.header("authorization"))
            #expect(authorization.hasPrefix("Bearer "))
            #expect(endpoint.requests.last?.header("authorization") == authorization)
            let claims = try json(try #require(Base64.decode(authorization.split(separator: ".")[1].utf8))).root
            #expect(claims["aud"]?.string == cloud.options.pushIdentity.audience)
            #expect(claims["email"]?.string == cloud.options.pushIdentity.email)
            #expect(cloud.environment["PUSH_AUDIENCE"] == claims["aud"]?.string)
        }
    }

    @Test func `the wait doubles from the minimum to the maximum`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(pushingTo: 425, 425, 425, 425, 425, 425, 425, 425, 204, time: time.source) {
            cloud,
            _,
            endpoint async throws in
            _ = cloud.subscribe(pushingTo: endpoint.url)
            let id = try publish(cloud)
            try await cloud.deliveries.waitUntilAcknowledged(id, atMost: Self.limit)
            #expect(time.sleeps == [10, 20, 40, 80, 160, 320, 600, 600].map { .seconds($0) })
            #expect(cloud.deliveries.records(of: id).map(\.attempt) == Array(1...9))
        }
    }

    @Test func `with push backoff, refusals slow every delivery of the subscription down`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(pushingTo: 425, 425, 204, time: time.source) { cloud, _, endpoint async throws in
            _ = cloud.subscribe(pushingTo: endpoint.url) {
                $0.retryPolicy = .init(minimum: .milliseconds(1), maximum: .milliseconds(1))
                $0.appliesPushBackoff = true
            }
            try await cloud.deliveries.waitUntilAcknowledged(try publish(cloud), atMost: Self.limit)
            // After each refusal the message's own wait, and what is left of the subscription's.
            #expect(time.sleeps == [1, 101, 1, 104].map { .milliseconds($0) })
        }
    }

    @Test(
        arguments: [(0, 0, 0), (1, 0, 102), (60, 0, 500), (300, 0, 60_000), (60, 59, 500), (60, 60, 0)]
            as [(Int, Int64, Int64)]
    )
    func `a push backoff has Google's two examples, its bounds, and an end`(
        refusals: Int,
        seconds: Int64,
        milliseconds: Int64
    ) {
        var backoff = PushBackoff()
        for _ in 0..<refusals { backoff.refuse(at: .zero) }
        #expect(backoff.pause(at: .seconds(seconds)) == .milliseconds(milliseconds))
    }

    @Test func `a token is renewed when less than five minutes of it are left`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(pushingTo: 204, time: time.source) { cloud, _, endpoint async throws in
            _ = cloud.subscribe(pushingTo: endpoint.url)
            for wait in [3299, 1] {
                try await cloud.deliveries.waitUntilAcknowledged(try publish(cloud), atMost: Self.limit)
                time.advance(.seconds(Int64(wait)))
            }
            try await cloud.deliveries.waitUntilAcknowledged(try publish(cloud), atMost: Self.limit)
            let tokens = endpoint.requests.map { $0.header("authorization") }
            #expect(tokens.count == 3 && tokens[0] == tokens[1] && tokens[1] != tokens[2])
        }
    }

    @Test func `an endpoint that does not answer in time, or is not there, gets the message again`() async throws {
        try await withServer([.hang, .answer(204)]) { endpoint in
            try await withCloud { cloud, _ async throws in
                let subscription = cloud.subscribe(pushingTo: "http://127.0.0.1:1/push") {
                    $0.retryPolicy = Self.fast
                    $0.ackDeadline = .milliseconds(300)
                }
                let id = try publish(cloud)
                try await cloud.deliveries.wait(atMost: Self.limit) {
                    if case .failed(.cannotConnect) = $0.outcome { true } else { false }
                }
                subscription.setPushEndpoint(endpoint.url)
                try await cloud.deliveries.waitUntilAcknowledged(id, atMost: Self.limit)
                let outcomes = cloud.deliveries.records(of: id).map(\.outcome)
                #expect(outcomes.suffix(2) == [.failed(.timedOut), .status(204)])
            }
        }
    }

    @Test func `after the last attempt the message goes to the dead-letter topic`() async throws {
        try await withCloud(pushingTo: 500) { cloud, _, endpoint async throws in
            let topic = cloud.topicName("dead")
            cloud.pubSub.createTopic(topic)
            let subscription = cloud.subscribe(pushingTo: endpoint.url) {
                $0.retryPolicy = Self.fast
                $0.deadLetterPolicy = .init(topic: topic, maximumAttempts: 5)
            }
            let id = try publish(cloud)
            try await cloud.deliveries.wait(atMost: Self.limit) { $0.outcome == .deadLettered }
            let attempts = try endpoint.requests.map { try json($0.body).root["deliveryAttempt"]?.integer }
            #expect(attempts == [1, 2, 3, 4, 5])
            #expect(subscription.unacknowledged.isEmpty)
            let dead = try #require(cloud.pubSub.published(topic).first)
            #expect(dead.id != id && dead.content.data == Array("x".utf8))
            #expect(dead.content.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "5")
            #expect(dead.content.attributes["CloudPubSubDeadLetterSourceSubscription"] == "jit-cleanup")
            #expect(dead.content.attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] == "jit-cleanup-demo")
        }
    }

    @Test func `a message is dropped when the retention is over`() async throws {
        let time = ManualTime(Instant(seconds: 1_700_000_000))
        try await withCloud(pushingTo: 425, time: time.source) { cloud, _, endpoint async throws in
            let subscription = cloud.subscribe(pushingTo: endpoint.url) { $0.retentionSeconds = 600 }
            let id = try publish(cloud)
            try await cloud.deliveries.wait(atMost: Self.limit) { $0.outcome == .expired }
            // At 0, 10, 30, 70, 150, 310 s; at 630 s it is too old.
            #expect(endpoint.requests.count == 6)
            #expect(cloud.deliveries.records(of: id).last?.outcome == .expired)
            #expect(subscription.unacknowledged.isEmpty)
        }
    }

    @Test func `only so many pushes happen at a time, and none while the subscription is paused`() async throws {
        let network = TestTransport { _ in
            try? await Task.sleep(for: .milliseconds(30))
            return .success(TransportResponse(status: 204))
        }
        var options = LocalCloudOptions()
        options.signingKeys = [try SharedKey.get()]
        try await withLocalCloud(options, transport: network) { cloud in
            let subscription = cloud.subscribe(pushingTo: "http://127.0.0.1:1/push") { $0.maximumInFlight = 3 }
            subscription.pause()
            let ids = try (0..<12).map { _ in try publish(cloud) }
            #expect(network.requests.isEmpty && subscription.unacknowledged == ids)
            subscription.resume()
            for id in ids { try await cloud.deliveries.waitUntilAcknowledged(id, atMost: Self.limit) }
            #expect(network.mostInFlight <= 3 && network.requests.count == 12)
        }
    }

    @Test func `other authentication can be sent, or none`() async throws {
        try await withCloud(pushingTo: 204) { cloud, _, endpoint async throws in
            let subscription = cloud.subscribe(pushingTo: endpoint.url) { $0.authentication = .none }
            try await cloud.deliveries.waitUntilAcknowledged(try publish(cloud), atMost: Self.limit)
            subscription.setAuthentication(.custom("Bearer a.b.c"))
            try await cloud.deliveries.waitUntilAcknowledged(try publish(cloud), atMost: Self.limit)
            #expect(endpoint.requests.map { $0.header("authorization") } == [nil, "Bearer a.b.c"])
        }
    }
}
