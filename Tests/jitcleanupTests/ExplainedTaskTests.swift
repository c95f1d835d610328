import Base64
import ExpiryNotices
import Testing
import Timestamps

@testable import jitcleanup

@Suite("What explain says of Cloud Tasks")
struct ExplainedTaskTests {
    private static let queue = "projects/my-project/locations/europe-west1/queues/jitcleanup"
    private static let settings = ["TASK_QUEUE_PATH": queue]
    private static let activation = activationMessage()
    private static let empty = #"{"version":3,"etag":"BwX=","bindings":[]}"#
    private static let read =
        "the policy of projects/shop-production is read, and every binding in scope whose own condition "
        + "has expired is removed (give --policy to see which)"

    // MARK: What makes no task

    @Test func `without TASK_QUEUE_PATH nothing is said of tasks`() throws {
        let text = try explain(Self.activation, at: "2026-01-31T10:00:00Z").text
        #expect(text.contains("425: Retry-After: 3660, and Pub/Sub delivers it again"))
        #expect(!text.contains("Task"))
    }

    @Test func `what is no queue is a fault in the settings`() {
        #expect(throws: (any Error).self) { try explain(Self.activation, settings: ["TASK_QUEUE_PATH": "jitcleanup"]) }
    }

    @Test func `a task that comes early is sent back, and makes no other`() throws {
        let lines = try outcome(task(), at: "2026-01-31T11:00:30Z")
        #expect(lines.first == "425: Retry-After: 31, and Cloud Tasks delivers it again by its retry policy")
        #expect(lines.dropFirst().first?.hasPrefix("from 2026-01-31T11:01:01Z on: the policy of ") == true)
        #expect(lines.last == "204: nothing is left to do")
    }

    @Test func `a task whose look fails comes again, by Cloud Tasks' hand`() throws {
        let policy = Self.empty.replacing(":3", with: ":2")
        let lines = try outcome(task(), policy: policy, at: "2026-01-31T12:00:00Z")
        #expect(lines.first == "500: policy-not-understood; Cloud Tasks delivers it again")
    }

    @Test func `without the queue's setting a task's later ends are published, or the task comes again`() throws {
        let content = task(ends: ["2026-01-31T11:00:00Z", "2026-01-31T13:00:00Z"])
        let without = try outcome(content, policy: Self.empty, at: "2026-01-31T12:00:00Z", settings: [:])
        #expect(without == ["425: TASK_QUEUE_PATH is not set, so Cloud Tasks delivers it again"])
        let topic = ["PUBSUB_TOPIC_NAME": "projects/my-project/topics/jit-access"]
        let with = try outcome(content, policy: Self.empty, at: "2026-01-31T12:00:00Z", settings: topic)
        #expect(with == ["204: published again, since TASK_QUEUE_PATH is not set"])
    }

    // MARK: What makes one

    @Test func `a waiting notice becomes one task, for a second after its end and the grace`() throws {
        let data = Base64.encode(Array(Self.activation.utf8))
        let content = #"{"message":{"data":"\#(data)","publishTime":"2026-01-31T10:00:00Z"},"subscription":"s"}"#
        let lines = try outcome(content, policy: Self.empty, at: "2026-01-31T10:00:00Z")
        #expect(
            lines == [
                "204: one Cloud Task carries it, scheduled for 2026-01-31T11:01:01Z, in \(Self.queue)",
                "from 2026-01-31T11:01:01Z on: 204: nothing to remove, so nothing is written",
            ]
        )
    }

    @Test func `an end more than 25 days ahead is met by a task that makes the next one`() throws {
        let lines = try outcome(Self.activation, at: "2026-01-01T00:00:00Z")
        #expect(
            lines == [
                "204: one Cloud Task carries it, scheduled for 2026-01-26T00:00:00Z, in \(Self.queue)",
                "from 2026-01-26T00:00:00Z on: 204: one Cloud Task carries it, scheduled for 2026-01-31T11:01:01Z, in "
                    + Self.queue,
            ]
        )
    }

    @Test func `a task's run looks first, and then makes the task for the next end`() throws {
        let content = task(ends: ["2026-01-31T11:00:00Z", "2026-01-31T13:00:00Z", "2026-01-31T13:01:00Z"])
        let lines = try outcome(content, at: "2026-01-31T11:01:01Z")
        let next = "204: one Cloud Task carries it, scheduled for 2026-01-31T13:02:01Z, in \(Self.queue)"
        #expect(lines == [Self.read, next])
    }

    @Test func `a task that cannot finish is made anew before Cloud Tasks deletes it`() throws {
        let policy = Self.empty.replacing(":3", with: ":2")
        let settings = Self.settings.merging(["GIVE_UP_SECONDS": "31536000"]) { $1 }
        let lines = try outcome(task(), policy: policy, at: "2026-02-28T10:00:00Z", settings: settings)
        #expect(lines == ["204: one Cloud Task carries it, scheduled for 2026-02-28T10:10:00Z, in \(Self.queue)"])
    }

    @Test func `the ends that a policy shows for an entry that names none become a task`() throws {
        let entry = #"""
            {"logName":"projects/shop-production/logs/cloudaudit.googleapis.com%2Factivity","timestamp":"2026-01-31T10:00:00Z",
            "protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"SetIamPolicy",
            "serviceName":"cloudresourcemanager.googleapis.com","resourceName":"projects/shop-production"}}
            """#
        let policy = #"""
            {"version":3,"etag":"BwX=","bindings":[{"role":"roles/a","members":["user:alice@example.com"],"condition":{
            "title":"x","expression":"request.time < timestamp(\"2026-01-31T15:00:00Z\")"}}]}
            """#
        let settings = Self.settings.merging(["BINDING_TITLES": "*"]) { $1 }
        let lines = try outcome(entry, policy: policy, at: "2026-01-31T12:00:00Z", settings: settings)
        #expect(lines.first == "204: one Cloud Task carries it, scheduled for 2026-01-31T15:01:01Z, in \(Self.queue)")
        #expect(lines.last == "for the ends in the policy: 2026-01-31T15:00:00Z")
    }

    @Test func `a task is explained as gcloud prints it, and so is its bare body`() throws {
        let body = task()
        let printed = #"""
            [{"name":"projects/p/locations/l/queues/q/tasks/1","scheduleTime":"2026-01-31T11:01:01Z","httpRequest":{
            "url":"https://x.run.app/push","body":"\#(Base64.encodeURLSafe(Array(body.utf8)))"}}]
            """#
        let text = try explain(printed, settings: Self.settings).text
        #expect(
            text.contains("1. Input: a Cloud Task, scheduled for 2026-01-31T11:01:01Z; its body is a push envelope")
        )
        #expect(text.contains("due      2026-01-31T11:01:01Z, its Cloud Task's time"))
        let other = try explain(body, settings: Self.settings)
        #expect(try explain(printed, settings: Self.settings).steps.dropFirst() == other.steps.dropFirst())
    }

    /// The body of a task that the service made at ten, for the first end.
    private func task(ends: [String] = ["2026-01-31T11:00:00Z"]) -> String {
        let instants = ends.compactMap { Instant($0, spelling: .strict) }
        let notice = ExpiryNotice(
            resource: "projects/shop-production",
            ends: instants,
            grants: [],
            source: .released,
            messageID: "1",
            publishTime: instants[0].adding(seconds: -3600)
        ).queued(at: instants[0].adding(seconds: -3600), due: instants[0].adding(seconds: 61))
        return #"{"message":{"data":"\#(Base64.encode(notice.ownMessage))","messageId":"1"},"subscription":"s"}"#
    }

    private func outcome(
        _ content: String,
        policy: String? = nil,
        at: String,
        settings: [String: String] = Self.settings
    ) throws -> [String] {
        try #require(explain(content, policy: policy, at: at, settings: settings).steps.last).lines
    }
}
