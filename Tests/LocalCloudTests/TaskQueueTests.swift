import HTTPTransport
import LocalCloud
import TestSupport
import Testing
import Timestamps

@Suite struct TaskQueueTests {
    @Test func `a task comes again with Google's headers, which count tries and answers`() async throws {
        let time = ManualTime()
        try await withCloud(pushingTo: 503, 425, 204, time: time.source) { cloud, client, endpoint async throws in
            let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/retried"
            cloud.tasks.createQueue(queue)
            #expect(try await client.call("/v2/\(queue)/tasks", Self.task(endpoint.url)).status == 200)
            try await waitUntil { cloud.tasks.tasks(in: queue).isEmpty }
            let calls = endpoint.requests
            #expect(calls.map { $0.header("x-cloudtasks-taskretrycount") } == ["0", "1", "2"])
            #expect(calls.map { $0.header("x-cloudtasks-taskexecutioncount") } == ["0", "0", "1"])
            #expect(calls.allSatisfy { $0.header("x-cloudtasks-queuename") == "retried" })
            #expect(calls.allSatisfy { $0.header("user-agent") == "Google-Cloud-Tasks" })
        }
    }

    private static func task(_ url: String) -> String {
        """
        {"task":{"httpRequest":{"url":"\(url)","body":"e30=",
        "oidcToken":{"serviceAccountEmail":"push@example.iam.gserviceaccount.com","audience":"x"}}}}
        """
    }

    @Test func `tasks over the queue's rate wait, and none is lost`() async throws {
        let time = ManualTime()
        try await withCloud(pushingTo: 204, time: time.source) { cloud, client, endpoint async throws in
            let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/slow"
            var settings = LocalTaskQueues.Settings()
            settings.maximumPerSecond = 10
            cloud.tasks.createQueue(queue, settings)
            for _ in 0..<5 {
                #expect(try await client.call("/v2/\(queue)/tasks", Self.task(endpoint.url)).status == 200)
            }
            try await waitUntil { cloud.tasks.tasks(in: queue).isEmpty }
            #expect(endpoint.requests.count == 5)
            #expect(time.source.uptime() == .milliseconds(400), "four pauses of a tenth of a second")
        }
    }
}
