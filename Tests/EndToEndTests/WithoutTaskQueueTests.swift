import HTTPTransport
import LocalCloud
import TestSupport
import Testing
import Timestamps

@Suite("Without a queue of Cloud Tasks", .timeLimit(.minutes(1)))
struct WithoutTaskQueueTests {
    private static let fromCloudTasks = [
        (name: "User-Agent", value: "Google-Cloud-Tasks"), (name: "X-CloudTasks-QueueName", value: "jitcleanup"),
        (name: "X-CloudTasks-TaskName", value: "1"), (name: "X-CloudTasks-TaskRetryCount", value: "0"),
    ]

    @Test func `the headers of Cloud Tasks prove nothing and change nothing`() async throws {
        try await onStage(["BINDING_TITLES": "*"]) { stage async throws in
            let message = PubSubMessage(
                id: "1",
                publishTime: stage.cloud.options.time.now(),
                content: auditEntry(adding: [temporaryGrant(until: 3600)])
            )
            let body = message.envelope(subscription: "projects/p/subscriptions/s", deliveryAttempt: nil)
            let fields = [(name: "Content-Type", value: "application/json")] + Self.fromCloudTasks
            #expect(try await stage.post(body, headers: fields).status == 401)
            let token = (name: "Authorization", value: "Bearer \(try stage.token())")
            #expect(try await stage.post(body, headers: fields + [token]).status == 425)
        }
    }

    @Test func `a notice that waits costs no call but that for the keys`() async throws {
        try await onStage(["BINDING_TITLES": "*"]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [temporaryGrant(until: 3600)])).status == 425)
            #expect(try await stage.push(activation(from: -60, until: 600).message(.selfApproved)).status == 425)
            let calls = Endpoint.allCases.filter { stage.cloud.requests.count($0) > 0 }
            #expect(calls == [.keys])
        }
    }
}
