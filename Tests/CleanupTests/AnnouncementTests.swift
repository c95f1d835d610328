import GoogleCloud
import LosslessJSON
import Testing
import Timestamps

@testable import Cleanup
@testable import IAMPolicy

private let rules = JSONRules(maximumDepth: 8, maximumBytes: 1 << 26)
private let window = GrantPeriod(start: Instant(seconds: 1_700_000_000), end: Instant(seconds: 1_700_003_600))

private func removed(_ role: String, description: String? = "Self-approved, justification: \"x\"\n\u{7F}")
    -> ExpiredBinding
{
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

private func write(_ removed: [ExpiredBinding], etagAfter: String? = "BwXe2", isDryRun: Bool = false) throws
    -> PolicyWrite
{
    PolicyWrite(
        project: try #require(ProjectID("shop-production")),
        removed: removed,
        causes: ["1", "2"],
        etagBefore: "BwXe1",
        etagAfter: etagAfter,
        time: window.end,
        isDryRun: isDryRun
    )
}

@Suite("Announcements")
struct AnnouncementTests {
    @Test func `there are none on a dry run, nor of nothing`() throws {
        #expect(Announcement.messages(for: try write([removed("roles/a")], isDryRun: true)).isEmpty)
        #expect(Announcement.messages(for: try write([])).isEmpty)
    }

    @Test(
        "they hold to their schema",
        arguments: [("BwXe2", "why"), (nil, "why"), ("BwXe2", nil)] as [(String?, String?)]
    )
    func schema(etagAfter: String?, description: String?) throws {
        let schema = try AnnouncementSchema()
        let bindings = [removed("roles/a", description: description), removed("projects/p-123456/roles/b")]
        let messages = Announcement.messages(for: try write(bindings, etagAfter: etagAfter))
        #expect(messages.count == 1)
        for message in messages { #expect(schema.faults(in: try JSONDocument(message, rules: rules).root) == []) }
    }

    @Test(
        "the schema refuses what is not one",
        arguments: [
            (#""time":"2023-11-14T23:13:20Z""#, #""time":"yesterday""#), (#""part":1"#, #""part":0"#),
            (#""part":1"#, #""part":"1""#), (#""part":1,"#, ""), (#""part":1"#, #""part":1,"more":1"#),
            (#""title":"JIT access activation""#, #""title":"other""#),
            (#""whole_binding":true"#, #""whole_binding":1"#),
            (#""etag_before":"BwXe1""#, #""etag_before":null"#), (#""role":"roles/a""#, #""role":"""#),
        ]
    )
    func schemaRefuses(part: String, replacement: String) throws {
        let message = try #require(Announcement.messages(for: try write([removed("roles/a")])).first)
        let text = String(decoding: message, as: UTF8.self)
        let wrong = text.replacing(part, with: replacement, maxReplacements: 1)
        #expect(wrong != text)
        let faults = try AnnouncementSchema().faults(in: try JSONDocument(Array(wrong.utf8), rules: rules).root)
        #expect(faults.count == 1)
    }

    @Test func `everything that was removed is in it, as it was`() throws {
        let message = try #require(Announcement.messages(for: try write([removed("roles/a")])).first)
        let root = try JSONDocument(message, rules: rules).root
        #expect(root["project_id"]?.string == "shop-production")
        #expect(root["message_ids"]?.elements?.compactMap(\.string) == ["1", "2"])
        #expect(root["etag_before"]?.string == "BwXe1")
        #expect(root["etag_after"]?.string == "BwXe2")
        let binding = try #require(root["removed"]?.elements?.first)
        #expect(binding["members"]?.elements?.count == 2)
        #expect(binding["start_time"]?.string == "2023-11-14T22:13:20Z")
        #expect(binding["end_time"]?.string == "2023-11-14T23:13:20Z")
        #expect(binding["description"]?.string == "Self-approved, justification: \"x\"\n\u{7F}")
    }

    @Test func `data that would be too large is split, and none is lost`() throws {
        let roles = (0..<50).map { "roles/r\($0)" }
        let messages = Announcement.messages(for: try write(roles.map { removed($0) }), maximumBytes: 4096)
        #expect(messages.count > 1)
        #expect(messages.allSatisfy { $0.count <= 4096 })
        let roots = try messages.map { try JSONDocument($0, rules: rules).root }
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
    private func announce(_ transport: PublishingTransport, topic: String? = "projects/my-project/topics/jit-access")
        async throws -> Announcer.Result
    {
        let announcer = Announcer(
            topic: topic.flatMap { TopicPath($0) },
            publisher: transport.publisher,
            time: StandingClock(window.end).source
        )
        return await announcer.announce(try write([removed("roles/a")]))
    }

    @Test(
        "a failure is tried again once where that can help",
        arguments: [(503, 2), (404, 1), (403, 1)]
    )
    func failure(status: Int, tries: Int) async throws {
        let transport = PublishingTransport(status)
        guard case .failed = try await announce(transport) else {
            Issue.record("it did not fail")
            return
        }
        #expect(transport.bodies.count == tries)
    }

    @Test func `without a topic nothing is published`() async throws {
        let transport = PublishingTransport(200)
        #expect(try await announce(transport, topic: nil) == .nothingToDo)
        #expect(transport.bodies.isEmpty)
    }

    @Test func `a message has its origin and project as attributes`() async throws {
        let transport = PublishingTransport(503, 200)
        #expect(try await announce(transport) == .published(messages: 1))
        #expect(transport.attributes.last == ["origin": "jit-cleanup", "project": "shop-production"])
    }
}
