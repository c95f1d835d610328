import Base64
import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import Service

@Suite("Notices that wait in a Cloud Task", .timeLimit(.minutes(1)))
struct TaskQueueTests {
    private static let queue = "projects/jit-cleanup-demo/locations/europe-west1/queues/jitcleanup"
    private let clock = ManualTime.running()

    private func onQueue(
        _ settings: [String: String] = [:],
        of grants: [TemporaryGrant] = [],
        exists: Bool = true,
        _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        let settings = ["BINDING_TITLES": "*", "TASK_QUEUE_PATH": Self.queue].merging(settings) { $1 }
        let policy = LocalPolicy.policy(grants.map(\.binding))
        try await onStage(settings, policy: policy, clock: clock) { stage async throws in
            if exists { stage.cloud.tasks.createQueue(Self.queue) }
            try await body(stage)
            for task in made(stage) {
                Corpus.tasks?.add("{\"request\":\(text(task.request)),\"answer\":\(text(task.answer))}")
            }
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func made(_ stage: Stage) -> [LocalTask] { stage.cloud.tasks.made(in: Self.queue) }

    /// Moves the clocks to a task's time, and runs it as Cloud Tasks would.
    private func run(_ task: LocalTask, _ stage: Stage) async throws -> Int {
        clock.advance(max(.zero, clock.now.duration(until: task.time)) + .milliseconds(10))
        return try await stage.push(body: task.body).status
    }

    // MARK: Refusals

    @Test(
        arguments: [
            (nil, "Queue does not exist"), (.create, "cloudtasks.tasks.create"),
            (.actAs, #"iam.serviceAccounts.actAs" for the resource "\#(LocalCloudOptions().pushIdentity.email)"#),
        ] as [(LocalTaskQueues.Permission?, String)]
    )
    func `what Cloud Tasks refuses leaves the notice to Pub/Sub, and is asked again after a minute`(
        missing: LocalTaskQueues.Permission?,
        detail: String
    ) async throws {
        let grant = temporaryGrant(until: 3600)
        try await onQueue(exists: missing != nil) { stage async throws in
            stage.cloud.tasks.setMissing(missing, on: Self.queue)
            for _ in 0..<3 { #expect(try await stage.push(auditEntry(adding: [grant])).status == 425) }
            #expect(stage.cloud.requests.count(.createTask) == 1)
            let lines = stage.log.lines(of: "notice.not-queued")
            #expect(lines.count == 3)
            #expect(lines.first?["detail"]?.string?.contains(detail) == true)
            #expect(lines.first?["severity"]?.string == "WARNING")
            clock.advance(.seconds(61))
            stage.cloud.tasks.createQueue(Self.queue)
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
        }
    }

    @Test func `a task that comes before its time is sent back, and makes no other`() async throws {
        let grant = temporaryGrant(until: 3600)
        try await onQueue(of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            let task = try #require(made(stage).first)
            clock.advance(clock.now.duration(until: task.time) - .seconds(30))
            #expect(try await stage.push(body: task.body).status == 425)
            #expect(made(stage).count == 1)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test func `a task whose look fails is left to the queue's retries, and made anew before Cloud Tasks deletes it`()
        async throws
    {
        let grant = temporaryGrant(until: 60)
        try await onQueue(["GIVE_UP_SECONDS": "31536000"], of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            stage.cloud.resourceManager.setDenied(true, .getIamPolicy, on: Stage.project)
            let task = try #require(made(stage).first)
            #expect(try await run(task, stage) == 500)
            #expect(made(stage).count == 1)
            clock.advance(.seconds(27 * 86_400))
            #expect(try await stage.push(body: task.body).status == 500)
            #expect(made(stage).count == 1)
            clock.advance(.seconds(86_400))
            #expect(try await stage.push(body: task.body).status == 204)
            let next = try #require(made(stage).last)
            #expect(made(stage).count == 2)
            #expect((590...601).contains(clock.now.wholeSeconds(until: next.time)))
            stage.cloud.resourceManager.setDenied(false, .getIamPolicy, on: Stage.project)
            clock.advance(.seconds(61))
            #expect(try await run(next, stage) == 204)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `by Google's clock a task waits, too, and makes no other`() async throws {
        let grant = temporaryGrant(until: 600)
        try await onQueue(of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            stage.cloud.faults.setDateHeader(.shifted(bySeconds: -100))
            let task = try #require(made(stage).first)
            #expect(try await run(task, stage) == 425)
            #expect(made(stage).count == 1)
            #expect(stage.bindings.count == 1)
        }
    }

    // MARK: What becomes a task

    @Test func `a notice that waits becomes one task for its end, without a call to anywhere else`() async throws {
        let end = Instant(seconds: TimeSource.system.now().seconds + 3600)
        let grant = TemporaryGrant(until: end)
        try await onQueue(of: [grant]) { stage async throws in
            let entry = auditEntry(adding: [grant])
            #expect(try await stage.push(entry, id: "77").status == 204)
            #expect(stage.calls == (0, 0))
            let task = try #require(made(stage).first)
            // The grace is a second here, and one is added.
            #expect(task.time == end.adding(seconds: 2))
            #expect(task.url == "\(stage.cloud.options.pushIdentity.audience)/push")
            #expect(task.identity == stage.cloud.options.pushIdentity)
            #expect(task.contentType == "application/json")
            #expect(task.deadline == .seconds(60))
            let body = try json(String(decoding: task.body, as: UTF8.self)).root
            #expect(body["message"]?["messageId"]?.string == "77")
            #expect(body["subscription"]?.string?.hasSuffix("/subscriptions/jit-cleanup") == true)
            let data = try #require(body["message"]?["data"]?.utf8.flatMap { Base64.decode($0) })
            let notice = try json(String(decoding: data, as: UTF8.self)).root
            #expect(notice["due"]?.string == "\(task.time)")
            #expect(notice["queued"] != nil)
            #expect(stage.log.field("instant", of: "notice.queued") == "\(task.time)")
            #expect(task.body.count < entry.data.count + 1000)
        }
    }

    @Test func `JIT Access's messages wait in tasks as well, on a dry run too`() async throws {
        let live = activation(from: -60, until: 600)
        try await onQueue(["DRY_RUN": "true"]) { stage async throws in
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(live.bindings))
            #expect(try await stage.push(live.message(.selfApproved)).status == 204)
            #expect(try await run(#require(made(stage).first), stage) == 204)
            #expect(stage.log.lines(of: "binding.would-remove").count == 1)
            #expect(stage.bindings.count == 1)
        }
    }

    @Test func `of forty ends each has its task, one at a time, and ends within a minute share one`() async throws {
        let grants = (0..<40).flatMap { number -> [TemporaryGrant] in
            let end = Int64(1000 + number * 120)
            return [
                temporaryGrant("roles/r\(number)", until: end), temporaryGrant("roles/s\(number)", until: end + 60),
            ]
        }
        try await onQueue(of: grants) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: grants)).status == 204)
            for number in 1...40 {
                #expect(made(stage).count == number)
                #expect(try await run(#require(made(stage).last), stage) == 204)
                #expect(stage.bindings.count == 80 - 2 * number)
            }
            #expect(made(stage).count == 40)
            #expect(stage.calls == (40, 40))
        }
    }

    @Test func `an end beyond 25 days is met over several tasks`() async throws {
        let grant = temporaryGrant(until: 60 * 86_400)
        try await onQueue(of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            for number in 1...3 {
                #expect(made(stage).count == number)
                #expect(stage.calls.writes == 0)
                let task = try #require(made(stage).last)
                let days = (clock.now.wholeSeconds(until: task.time) + 60) / 86_400
                #expect(days == (number < 3 ? 25 : 10))
                #expect(try await run(task, stage) == 204)
            }
            #expect(made(stage).count == 3)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `a condition that is true at its end is met after it`() async throws {
        let end = Instant(seconds: TimeSource.system.now().seconds + 600)
        let expression = "request.time <= timestamp(\"\(end)\")"
        let grant = TemporaryGrant("roles/a", "user:a@example.com", title: "x", expression: expression)
        try await onQueue(of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            let task = try #require(made(stage).first)
            #expect(task.time == end.adding(seconds: 3))
            #expect(try await run(task, stage) == 204)
            #expect(stage.bindings.isEmpty)
            #expect(made(stage).count == 1)
        }
    }

    @Test func `a task is taken although its subscription has another name by now`() async throws {
        let grant = temporaryGrant(until: 600)
        let path = ["PUBSUB_SUBSCRIPTION_PATH": "projects/jit-cleanup-demo/subscriptions/jit-cleanup"]
        try await onQueue(of: [grant]) { stage async throws in
            #expect(
                try await stage.push(auditEntry(adding: [grant]), subscription: "projects/x/subscriptions/old").status
                    == 204
            )
            let task = try #require(made(stage).first)
            try await onQueue(path, of: [grant]) { other async throws in
                #expect(try await run(task, other) == 204)
                #expect(other.bindings.isEmpty)
            }
        }
    }

    @Test func `without its setting, a task that waits for a later end goes back to the topic`() async throws {
        let grants = [temporaryGrant(until: 600), temporaryGrant("roles/logging.viewer", until: 6000)]
        try await onQueue(of: grants) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: grants)).status == 204)
            let task = try #require(made(stage).first)
            let topic = "projects/jit-cleanup-demo/topics/iam-changes"
            try await onQueue(["TASK_QUEUE_PATH": "", "PUBSUB_TOPIC_NAME": topic], of: grants) { other async throws in
                #expect(try await run(task, other) == 425)
                let why = try #require(other.log.field("detail", of: "notice.not-queued"))
                #expect(why.contains("TASK_QUEUE_PATH is not set") && why.contains("404"))
                other.cloud.pubSub.createTopic(topic)
                #expect(try await run(task, other) == 204)
                let notice = try #require(other.cloud.pubSub.published(topic).last).content
                #expect(try await other.push(notice).status == 425)
            }
        }
    }

    @Test func `a task that may not be acted on any more is set aside as a notice that is none`() async throws {
        let grant = temporaryGrant(until: 600)
        let topic = "projects/jit-cleanup-demo/topics/quarantine"
        let settings = [
            "ALLOWED_PROJECTS": "another-project", "QUARANTINE_TOPIC_NAME": topic, "MESSAGE_RETENTION_SECONDS": "7200",
        ]
        try await onQueue(of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant]), ageSeconds: 7000).status == 204)
            let task = try #require(made(stage).first)
            try await onQueue(settings, of: [grant]) { other async throws in
                #expect(try await run(task, other) == 503)
                // Cloud Tasks has it, whatever Pub/Sub does: for 31 days.
                #expect(other.log.lines(of: "message.dropped").isEmpty)
                clock.advance(.seconds(28 * 86_400))
                #expect(try await other.push(body: task.body).status == 503)
                let data = try #require(other.log.field("data", of: "message.dropped"))
                #expect(try json(try #require(Base64.decode(data.utf8))).root["due"] == nil)
                #expect(try await other.push(body: task.body).status == 503)
                #expect(other.log.lines(of: "message.dropped").count == 1)
                other.cloud.pubSub.createTopic(topic)
                #expect(try await run(task, other) == 204)
                let notice = try json(try #require(other.cloud.pubSub.published(topic).last).content.data).root
                #expect(notice["jitcleanup"]?.integer == 1)
                #expect(notice["due"] == nil && notice["queued"] == nil)
            }
        }
    }

    @Test func `a task that waits by another clock is tried again soon, not at its end`() async throws {
        let grant = temporaryGrant(until: 600)
        try await onQueue(of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            stage.cloud.faults.setDateHeader(.shifted(bySeconds: -86_400))
            let task = try #require(made(stage).first)
            clock.advance(clock.now.duration(until: task.time) + .seconds(1))
            let answer = try await stage.push(body: task.body)
            #expect(answer.status == 425)
            #expect(answer.header("retry-after").flatMap { Int($0) } == 600)
        }
    }

    @Test func `an end that has passed unseen is not forgotten for one that is to come`() async throws {
        let grants = [temporaryGrant(until: 60), temporaryGrant("roles/logging.viewer", until: 86_400)]
        try await onQueue(of: []) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: grants, secondsAgo: 0), ageSeconds: 0).status == 204)
            // Its look is young and sees nothing, as a read that lags behind would.
            let task = try #require(made(stage).first)
            #expect(try await run(task, stage) == 425)
            #expect(made(stage).count == 1)
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(grants.map(\.binding)))
            clock.advance(.seconds(600))
            #expect(try await stage.push(body: task.body).status == 204)
            #expect(stage.bindings.count == 1)
            #expect(made(stage).count == 2)
        }
    }

    @Test func `a purge loses what waits, and the notice brings it back`() async throws {
        let grant = temporaryGrant(until: 600)
        try await onQueue(of: [grant]) { stage async throws in
            let entry = auditEntry(adding: [grant])
            #expect(try await stage.push(entry).status == 204)
            stage.cloud.tasks.purge(Self.queue)
            #expect(stage.cloud.tasks.tasks(in: Self.queue).isEmpty)
            #expect(try await stage.push(entry).status == 204)
            #expect(stage.cloud.tasks.tasks(in: Self.queue).count == 1)
            #expect(try await run(#require(made(stage).last), stage) == 204)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `an outage of Cloud Tasks is waited out within the request's time`() async throws {
        let grant = temporaryGrant(until: 600)
        try await onQueue(of: [grant]) { stage async throws in
            stage.cloud.faults.inject(.status(503), at: .createTask, .next(2))
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            #expect(made(stage).count == 1)
        }
    }

    @Test func `a lost answer may leave two tasks, of which the second costs a read at most`() async throws {
        let grant = temporaryGrant(until: 600)
        try await onQueue(of: [grant]) { stage async throws in
            stage.cloud.faults.inject(.cut(afterBytes: 0), at: .createTask)
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 204)
            #expect(made(stage).count == 2)
            for task in made(stage) { #expect(try await run(task, stage) == 204) }
            #expect(stage.bindings.isEmpty)
            #expect(stage.calls.writes == 1)
            #expect(stage.calls.reads <= 2)
        }
    }

    @Test func `an entry that does not say what was added waits in a task for the ends in the policy`() async throws {
        try await onQueue(of: [temporaryGrant(until: 600)]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: nil), ageSeconds: 601).status == 204)
            #expect(try await run(#require(made(stage).first), stage) == 204)
            #expect(stage.bindings.isEmpty)
        }
    }

    @Test func `Cloud Tasks brings a notice back at its time, and again after a failure`() async throws {
        let grant = temporaryGrant(until: 2)
        let settings = ["BINDING_TITLES": "*", "TASK_QUEUE_PATH": Self.queue]
        try await onStage(settings, policy: LocalPolicy.policy([grant.binding])) { stage async throws in
            var retries = LocalTaskQueues.Settings()
            retries.minimumBackoff = .milliseconds(100)
            stage.cloud.tasks.createQueue(Self.queue, retries)
            stage.cloud.tasks.setTarget("http://127.0.0.1:1/push")
            #expect(try await stage.push(auditEntry(adding: [grant]), id: "5").status == 204)
            try await stage.cloud.deliveries.wait(atMost: .seconds(20)) { $0.messageID == "5" }
            stage.cloud.tasks.setTarget(stage.url + "/push")
            try await stage.cloud.deliveries.waitUntilAcknowledged("5", atMost: .seconds(20))
            let records = stage.cloud.deliveries.records(of: "5")
            #expect(records.map(\.outcome).last == .status(204))
            #expect(records.count >= 2)
            #expect(stage.bindings.isEmpty)
            // The task goes a moment after its answer.
            while !stage.cloud.tasks.tasks(in: Self.queue).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        }
    }
}
