import ExpiryNotices
import Testing
import Timestamps

@Suite("Messages that announce an end")
struct NoticeReaderTests {
    @Test(arguments: ["", "soon", "2023-11-28", "1701209625", "2023-11-28T22:13:45", "2023-02-30T00:00:00Z"])
    func `a publish time that cannot be read is none, and the last end stands in for it`(_ text: String) throws {
        let notice = try MessageSamples.notice(MessageSamples.selfApproved, publishTime: text)
        #expect(notice.publishTime == nil)
        #expect(notice.youngUntil == (try MessageSamples.time("2023-11-28T22:33:44Z")))
    }

    @Test(arguments: [
        ("2023-11-28T22:13:45.123Z", "2023-11-28T22:13:45.123Z"), ("2023-11-28T22:13:45Z", "2023-11-28T22:13:45Z"),
        ("2023-11-28T22:13:45.000000001Z", "2023-11-28T22:13:45.000000001Z"),
        ("2023-11-28T23:13:45+01:00", "2023-11-28T22:13:45Z"),
    ])
    func `a publish time is taken to the nanosecond, whatever its zone`(spelled: String, meant: String) throws {
        let published = try MessageSamples.time(meant)
        for (text, origin) in [(MessageSamples.selfApproved, nil), (MessageSamples.binding(), "jit-binding")] {
            let notice = try MessageSamples.notice(text, origin: origin, publishTime: spelled)
            #expect(notice.publishTime == published)
            #expect(notice.youngUntil == published.adding(seconds: 600))
        }
    }

    @Test func `the message's ID passes through, and one that is left out is empty`() throws {
        for (text, origin) in [(MessageSamples.approved, nil), (MessageSamples.binding(), "jit-binding")] {
            #expect(try MessageSamples.notice(text, origin: origin).messageID.isEmpty)
            let id = "12345678901234567890 \u{E9}\n"
            #expect(try MessageSamples.notice(text, origin: origin, messageID: id).messageID == id)
        }
    }

    @Test func `a self-approval of one role`() throws {
        let notice = try MessageSamples.notice(
            MessageSamples.selfApproved,
            messageID: "7",
            publishTime: "2023-11-28T22:13:45Z"
        )
        #expect(
            notice
                == ExpiryNotice(
                    resource: "projects/\("project-1")",
                    ends: [try MessageSamples.time("2023-11-28T22:23:44Z")],
                    grants: [.init(role: "roles/compute.viewer", member: "user:alice@example.com")],
                    hasAllGrants: true,
                    source: .released,
                    messageID: "7",
                    publishTime: try MessageSamples.time("2023-11-28T22:13:45Z")
                )
        )
    }

    @Test func `a self-approval of several roles is a grant for each, a doubled one taken once`() throws {
        let doubled = MessageSamples.selfApprovedRoleList.replacing(
            "roles/logging.viewer,",
            with: "roles/logging.viewer, roles/compute.viewer,roles/logging.viewer,"
        )
        for text in [MessageSamples.selfApprovedRoleList, doubled] {
            let notice = try MessageSamples.notice(text)
            #expect(
                notice.grants.map(\.role) == [
                    "roles/compute.viewer", "roles/logging.viewer", "projects/project-1/roles/customDebugger",
                ]
            )
            #expect(notice.grants.allSatisfy { $0.member == "user:alice@example.com" })
            #expect(notice.ends == [try MessageSamples.time("2024-05-20T11:00:00Z")])
            #expect(notice.hasAllGrants)
        }
    }

    @Test func `the user is named as the message spells it, with user: in front whatever it is`() throws {
        for user in ["Alice@Example.COM", "user:alice@example.com", "deleted:user:x?uid=1"] {
            let text = MessageSamples.selfApproved.replacing("alice@example.com", with: user)
            #expect(try MessageSamples.notice(text).grants.map(\.member) == ["user:\(user)"])
        }
    }

    @Test(arguments: [
        (MessageSamples.approved, "project-1", "roles/compute.admin", "2023-11-28T22:29:06Z"),
        (
            MessageSamples.approvedWithCondition, "sample-project", "roles/compute.instanceAdmin.v1",
            "2024-05-20T09:30:00Z"
        ),
    ])
    func `an approval with and without resource condition`(text: String, project: String, role: String, end: String)
        throws
    {
        let notice = try MessageSamples.notice(text)
        #expect(notice.source == .released)
        #expect(notice.resource == "projects/\(project)")
        #expect(notice.grants == [.init(role: role, member: "user:alice@example.com")])
        #expect(notice.ends == [try MessageSamples.time(end)])
    }

    @Test func `an activation of no time at all ends at its start`() throws {
        let text = MessageSamples.selfApproved.replacing("2023-11-28T22:23:44Z", with: "2023-11-28T22:13:44Z")
        #expect(try MessageSamples.notice(text).ends == [try MessageSamples.time("2023-11-28T22:13:44Z")])
    }

    @Test(arguments: [
        ("2023-07-18T11:15:30Z", "2023-07-18T11:15:30Z"), ("2023-07-18T11:15Z", "2023-07-18T11:15:00Z"),
        ("2023-07-18T11:15:30.120Z", "2023-07-18T11:15:30.12Z"),
        ("2023-07-18T11:15:30.353120Z", "2023-07-18T11:15:30.35312Z"),
        ("2023-07-18T11:15:30.123456789Z", "2023-07-18T11:15:30.123456789Z"),
        ("2023-07-18T13:15:30+02:00", "2023-07-18T11:15:30Z"),
    ])
    func `the origin family, with the times that Java writes`(spelled: String, meant: String) throws {
        for origin in ["jit-binding", "jit-role-activated"] {
            let notice = try MessageSamples.notice(MessageSamples.binding(end: spelled), origin: origin)
            #expect(notice.source == .origin)
            #expect(notice.resource == "projects/project-1")
            #expect(notice.ends == [try MessageSamples.time(meant)])
            #expect(notice.grants == [.init(role: "roles/compute.viewer", member: "user:alice@example.com")])
        }
    }

    @Test func `one build's binding without payload, under the origin of approvals`() throws {
        let notice = try MessageSamples.notice(MessageSamples.flatBinding(), origin: "jit-approval")
        #expect(notice.source == .origin)
        #expect(notice.ends == [try MessageSamples.time("2023-07-18T11:15:30Z")])
    }

    @Test func `the released family with Pub/Sub attributes of others is read all the same`() throws {
        #expect(try MessageSamples.notice(MessageSamples.selfApproved, origin: "relay").source == .released)
    }
}
