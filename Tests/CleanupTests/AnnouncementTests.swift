import GoogleCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@testable import Cleanup
@testable import IAMPolicy

private let window = GrantPeriod(start: Instant(seconds: 1_700_000_000), end: Instant(seconds: 1_700_003_600))

private func removed(_ role: String, description: String? = "why") -> ExpiredBinding {
    ExpiredBinding(
        role: role,
        members: ["user:alice@example.com", "deleted:user:bob@example.com?uid=1"],
        period: window,
        title: "JIT access activation",
        description: description,
        expression: "true",
        position: 0
    )
}

private func write(
    _ removed: [ExpiredBinding],
    of resource: String = "projects/shop-production",
    etagAfter: String? = "BwXe2",
    isDryRun: Bool = false
) throws -> PolicyWrite {
    PolicyWrite(
        resource: try #require(PolicyResource(resource)),
        removed: removed,
        causes: ["1", "2"],
        etagBefore: "BwXe1",
        etagAfter: etagAfter,
        time: window.end,
        isDryRun: isDryRun
    )
}

/// A write's announcements, which are written down to be checked against their schema as well.
private func announced(_ write: PolicyWrite, maximumBytes: Int = Announcement.maximumBytes) -> [[UInt8]] {
    let messages = Announcement.messages(for: write, maximumBytes: maximumBytes)
    for message in messages { Corpus.announcements?.add(text(message)) }
    return messages
}

@Suite("Announcements")
struct AnnouncementTests {
    @Test func `there are none on a dry run, nor of nothing`() throws {
        #expect(Announcement.messages(for: try write([removed("roles/a")], isDryRun: true)).isEmpty)
        #expect(Announcement.messages(for: try write([])).isEmpty)
    }

    @Test func `a folder has no project ID, and a grant may have no start and no title`() throws {
        let binding = ExpiredBinding(
            role: "roles/a",
            members: ["user:alice@example.com"],
            period: GrantPeriod(start: nil, end: window.end),
            title: nil,
            description: nil,
            expression: "true",
            position: 0
        )
        let write = try write([binding], of: "folders/345678901234")
        let root = try json(try #require(announced(write).first)).root
        #expect(root["resource"]?.string == "folders/345678901234")
        #expect(root["project_id"] == nil)
        #expect(root["removed"]?.elements?.first?["start_time"]?.isNull == true)
        #expect(root["removed"]?.elements?.first?["title"]?.isNull == true)
        #expect(Announcement.attributes(of: write) == ["origin": "jit-cleanup"])
    }

    @Test(
        arguments: [("BwXe2", "Self-approved, justification: \"x\"\n\u{7F}"), (nil, "why"), ("BwXe2", nil)]
            as [(String?, String?)]
    )
    func `everything that was removed is in it, as it was`(etagAfter: String?, description: String?) throws {
        let bindings = [removed("roles/a", description: description), removed("projects/p-123456/roles/b")]
        let messages = announced(try write(bindings, etagAfter: etagAfter))
        #expect(messages.count == 1)
        let root = try json(try #require(messages.first)).root
        #expect(root["project_id"]?.string == "shop-production")
        #expect(root["resource"]?.string == "projects/shop-production")
        #expect(root["message_ids"]?.elements?.compactMap(\.string) == ["1", "2"])
        #expect(root["etag_before"]?.string == "BwXe1")
        #expect(root["etag_after"]?.isNull == (etagAfter == nil))
        #expect(root["etag_after"]?.string == etagAfter)
        #expect(root["removed"]?.elements?.compactMap { $0["role"]?.string } == bindings.map(\.role))
        let binding = try #require(root["removed"]?.elements?.first)
        #expect(binding["members"]?.elements?.count == 2)
        #expect(binding["start_time"]?.string == "2023-11-14T22:13:20Z")
        #expect(binding["end_time"]?.string == "2023-11-14T23:13:20Z")
        #expect(binding["description"]?.isNull == (description == nil))
        #expect(binding["description"]?.string == description)
    }

    @Test func `data that would be too large is split, and none is lost`() throws {
        let roles = (0..<50).map { "roles/r\($0)" }
        let messages = announced(try write(roles.map { removed($0) }), maximumBytes: 4096)
        #expect(messages.count > 1)
        #expect(messages.allSatisfy { $0.count <= 4096 })
        let roots = try messages.map { try json($0).root }
        #expect(roots.compactMap { $0["part"]?.integer } == Array(1...Int64(messages.count)))
        #expect(roots.allSatisfy { $0["parts"]?.integer == Int64(messages.count) })
        #expect(roots.flatMap { $0["removed"]?.elements ?? [] }.compactMap { $0["role"]?.string } == roles)
    }

    @Test func `data just within the limit is one message, and one byte less makes two`() throws {
        let write = try write([removed("roles/a"), removed("roles/b")])
        let limit = try #require((0...4096).first { Announcement.messages(for: write, maximumBytes: $0).count == 1 })
        #expect(Announcement.messages(for: write, maximumBytes: limit - 1).count == 2)
        let size = try #require(Announcement.messages(for: write).first).count
        #expect(size <= limit)
    }
}

@Suite("Announcing")
struct AnnouncerTests {
    private func announce(_ transport: TestTransport, topic: String? = "projects/my-project/topics/jit-access")
        async throws -> Announcer.Result
    {
        let announcer = Announcer(
            topic: topic.flatMap { TopicPath($0) },
            publisher: transport.publisher,
            time: ManualTime(window.end).source
        )
        return await announcer.announce(try write([removed("roles/a")]))
    }

    @Test(arguments: [(503, 2), (404, 1), (403, 1)])
    func `a failure is tried again once where that can help`(status: Int, tries: Int) async throws {
        let transport = publishing(status)
        guard case .failed = try await announce(transport) else {
            Issue.record("it did not fail")
            return
        }
        #expect(transport.requests.count == tries)
    }

    @Test func `without a topic nothing is published`() async throws {
        let transport = publishing(200)
        #expect(try await announce(transport, topic: nil) == .nothingToDo)
        #expect(transport.requests.isEmpty)
    }

    @Test func `a message has its origin and project as attributes`() async throws {
        let transport = publishing(503, 200)
        #expect(try await announce(transport) == .published(messages: 1))
        #expect(transport.attributes.last == ["origin": "jit-cleanup", "project": "shop-production"])
    }
}
