import HTTPTransport
import LocalCloud
import TestSupport
import Testing
import Timestamps

@Suite struct TaskQueueTests {
    @Test func `tasks over the queue's rate wait, and none is lost`() async throws {
        let time = ManualTime()
        try await withCloud(pushingTo: 204, time: time.source) { cloud, client, endpoint async throws in
            let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/slow"
            var settings = LocalTaskQueues.Settings()
            settings.maximumPerSecond = 10
            cloud.tasks.createQueue(queue, settings)
            let task = """
                {"task":{"httpRequest":{"url":"\(endpoint.url)","body":"e30=",
                "oidcToken":{"serviceAccountEmail":"push@example.iam.gserviceaccount.com","audience":"x"}}}}
                """
            for _ in 0..<5 { #expect(try await client.call("/v2/\(queue)/tasks", task).status == 200) }
            try await waitUntil { cloud.tasks.tasks(in: queue).isEmpty }
            #expect(endpoint.requests.count == 5)
            let records = cloud.deliveries.records.map(\.time)
            #expect(zip(records, records.dropFirst()).allSatisfy { $0.duration(until: $1) == .milliseconds(100) })
        }
    }
}
