import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import Service

@Suite("Answers to audit entries", .timeLimit(.minutes(1)))
struct AuditLogTests {
    private static let topic = "projects/jit-cleanup-demo/topics/iam-changes"

    private func onPolicy(
        _ settings: [String: String] = [:],
        of grants: [TemporaryGrant],
        in resource: String = Stage.project,
        _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        let settings = ["BINDING_TITLES": "*", "CLEANUP_RESOURCES": "projects,folders"].merging(settings) { $1 }
        try await onStage(settings) { stage async throws in
            try stage.cloud.resourceManager.setPolicy(resource, LocalPolicy.policy(grants.map(\.binding)))
            try await body(stage)
        }
    }

    @Test(arguments: [
        ("organizations/1", "admin@example.com", "resource-not-allowed"),
        ("projects/other-project", "admin@example.com", "resource-not-allowed"),
        ("projects/?", "admin@example.com", "resource-not-allowed"),
        ("billingAccounts/1", "admin@example.com", "resource-not-allowed"),
        (
            "projects/shop-production", "service-1@gcp-sa-pam.iam.gserviceaccount.com",
            "privileged-access-manager"
        ),
    ])
    func `what is not this service's affair is acknowledged and never quarantined`(
        _ resource: String,
        _ caller: String,
        _ reason: String
    ) async throws {
        let grant = temporaryGrant(until: -60)
        let settings = ["ALLOWED_PROJECTS": "shop-*", "QUARANTINE_TOPIC_NAME": Self.topic]
        try await onPolicy(settings, of: [grant]) { stage async throws in
            let entry = auditEntry(adding: [grant], to: resource, by: caller)
            #expect(try await stage.push(entry).status == 204)
            #expect(stage.log.field("reason", of: "message.ignored") == reason)
            #expect(stage.calls == (0, 0))
            #expect(stage.bindings.count == 1)
        }
    }

    @Test func `a grant that has not ended is sent back without a call`() async throws {
        let grant = temporaryGrant(until: 3600)
        try await onPolicy(of: [grant]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 425)
            #expect(stage.calls == (0, 0))
        }
    }

    @Test func `once it has ended it goes, whoever made it, and only it`() async throws {
        let (ended, other) = (temporaryGrant(until: -600), temporaryGrant("roles/logging.viewer", until: 3600))
        let always = TemporaryGrant(
            "roles/storage.admin",
            "user:a@example.com",
            title: "x",
            expression: "resource.name == 'x'"
        )
        try await onPolicy(of: [ended, other, always]) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [ended])).status == 204)
            #expect(stage.bindings.count == 2)
            let line = try #require(stage.log.lines(of: "binding.removed").first)
            #expect(line["title"]?.string == "temporary")
            #expect(line["start"] == nil)
            #expect(stage.log.lines(of: "grant.added-dead").isEmpty)
        }
    }

    @Test func `of several ends that have passed is cleaned at once, and the notice waits for the last`() async throws {
        let grants = [temporaryGrant(until: -600), temporaryGrant("roles/logging.viewer", until: 3600)]
        try await onPolicy(of: grants) { stage async throws in
            #expect(try await stage.push(auditEntry(adding: grants)).status == 425)
            #expect(stage.bindings.count == 1)
        }
    }

    @Test func `a folder's policy is cleaned like a project's`() async throws {
        let grant = temporaryGrant(until: -600)
        try await onPolicy(of: [grant], in: "folders/345678901234") { stage async throws in
            #expect(try await stage.push(auditEntry(adding: [grant], to: "folders/345678901234")).status == 204)
            let policy = try #require(stage.cloud.resourceManager.policy("folders/345678901234"))
            #expect(policy.root["bindings"]?.elements?.isEmpty ?? true)
            let line = try #require(stage.log.lines(of: "binding.removed").first)
            #expect(line["resource"]?.string == "folders/345678901234")
            #expect(line["project"] == nil)
        }
    }

    @Test func `who adds what has ended is named once, however often the entry comes`() async throws {
        let grant = temporaryGrant(until: -7200)
        try await onPolicy(["REQUEST_TIMEOUT_SECONDS": "2"], of: [grant]) { stage async throws in
            let entry = auditEntry(adding: [grant], by: "terraform@example.com")
            stage.cloud.faults.inject(.status(503), at: .getIamPolicy, .always)
            #expect(try await stage.push(entry).status == 503)
            #expect(stage.log.lines(of: "grant.added-dead").isEmpty, "only a look that succeeds says so")
            stage.cloud.faults.clear()
            for id in ["1", "1", "2"] { #expect(try await stage.push(entry, id: id).status == 204) }
            let lines = stage.log.lines(of: "grant.added-dead")
            #expect(lines.count == 1)
            #expect(lines.first?["caller"]?.string == "terraform@example.com")
            #expect(lines.first?["title"]?.string == "temporary")
        }
    }

    @Test func `an entry that does not say what was added leads to a notice of the ends in the policy`() async throws {
        let grants = [temporaryGrant(until: -600), temporaryGrant("roles/logging.viewer", until: 3600)]
        try await onPolicy(["PUBSUB_TOPIC_NAME": Self.topic], of: grants) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(auditEntry(adding: nil, secondsAgo: 0), ageSeconds: 601).status == 204)
            #expect(stage.bindings.count == 1)
            let notice = try #require(stage.cloud.pubSub.published(Self.topic).first { $0.content.attributes.isEmpty })
            #expect(String(decoding: notice.content.data, as: UTF8.self).contains(#""role":"roles/logging.viewer""#))
            #expect(try await stage.push(OutgoingMessage(data: notice.content.data)).status == 425)
        }
    }

    @Test func `a young entry that does not say what was added is not taken at its first look`() async throws {
        try await onPolicy(["PUBSUB_TOPIC_NAME": Self.topic], of: [temporaryGrant(until: 3600)]) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(auditEntry(adding: nil, secondsAgo: 0), ageSeconds: 0).status == 425)
            #expect(stage.calls.reads == 1)
            #expect(stage.cloud.pubSub.published(Self.topic).isEmpty)
        }
    }

    @Test func `ends to come are handed on although a role is refused, and the refused one with them`() async throws {
        let grants = [temporaryGrant(until: -600), temporaryGrant("roles/logging.viewer", until: 3600)]
        try await onPolicy(["PUBSUB_TOPIC_NAME": Self.topic], of: grants) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            stage.cloud.resourceManager.setModifiableRoles([], of: Stage.project)
            #expect(try await stage.push(auditEntry(adding: nil), ageSeconds: 601).status == 204)
            let notice = try #require(stage.cloud.pubSub.published(Self.topic).first).content
            #expect(String(decoding: notice.data, as: UTF8.self).contains(#""role":"roles/run.admin""#))
            #expect(try await stage.push(notice, id: "2").status == 500)
        }
    }

    @Test func `who adds what has ended is named although its role is refused`() async throws {
        let grant = temporaryGrant(until: -7200)
        try await onPolicy(of: [grant]) { stage async throws in
            stage.cloud.resourceManager.setModifiableRoles([], of: Stage.project)
            #expect(try await stage.push(auditEntry(adding: [grant])).status == 500)
            #expect(stage.log.lines(of: "grant.added-dead").count == 1)
        }
    }

    @Test func `without a topic it comes back for the ends in the policy`() async throws {
        try await onPolicy(of: [temporaryGrant(until: 3600)]) { stage async throws in
            for _ in 0..<2 {
                #expect(try await stage.push(auditEntry(adding: nil), ageSeconds: 601).status == 425)
            }
            #expect(stage.log.lines(of: "notice.not-published").count == 1)
            // About to be dropped, it is kept in the log.
            #expect(try await stage.push(auditEntry(adding: nil), ageSeconds: 600_001).status == 425)
            #expect(stage.log.lines(of: "message.not-republished").count == 1)
        }
    }

    @Test func `shortly before Pub/Sub drops an entry a small notice is published in its place`() async throws {
        let grant = temporaryGrant(until: 3600)
        try await onPolicy(["PUBSUB_TOPIC_NAME": Self.topic], of: [grant]) { stage async throws in
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(auditEntry(adding: [grant]), ageSeconds: 600_001).status == 204)
            let message = try #require(stage.cloud.pubSub.published(Self.topic).first)
            #expect(String(decoding: message.content.data, as: UTF8.self).hasPrefix(#"{"jitcleanup":1"#))
        }
    }

    @Test func `a notice of our own is taken whatever subscription its envelope names`() async throws {
        let settings = [
            "PUBSUB_SUBSCRIPTION_PATH": "projects/jit-cleanup-demo/subscriptions/jit-cleanup",
            "PUBSUB_TOPIC_NAME": Self.topic,
        ]
        let grant = temporaryGrant(until: 3600)
        try await onPolicy(settings, of: [grant]) { stage async throws in
            let other = "projects/jit-cleanup-demo/subscriptions/other"
            #expect(try await stage.push(auditEntry(adding: [grant]), subscription: other).status == 403)
            stage.cloud.pubSub.createTopic(Self.topic)
            #expect(try await stage.push(auditEntry(adding: [grant]), ageSeconds: 600_001).status == 204)
            let notice = try #require(stage.cloud.pubSub.published(Self.topic).first)
            #expect(try await stage.push(OutgoingMessage(data: notice.content.data), subscription: other).status == 425)
        }
    }

    @Test func `JIT Access's messages are ignored where its title is not in scope`() async throws {
        let ended = activation()
        try await onPolicy(["BINDING_TITLES": "temporary"], of: []) { stage async throws in
            try stage.cloud.resourceManager.setPolicy(Stage.project, LocalPolicy.policy(ended.bindings))
            #expect(try await stage.push(ended.message(.selfApproved)).status == 204)
            #expect(stage.log.field("reason", of: "message.ignored") == "title-not-in-scope")
            #expect(stage.bindings.count == 1)
        }
    }
}
