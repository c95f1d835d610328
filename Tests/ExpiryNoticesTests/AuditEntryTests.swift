import ExpiryNotices
import Foundation
import IAMPolicy
import LosslessJSON
import Testing
import Timestamps

@Suite("Audit entries of SetIamPolicy")
struct AuditEntryTests {
    /// An entry that adds one binding until 2026-05-05T08:30:00Z, with parts replaced.
    private func entry(_ changes: [(String, String)] = []) throws -> NoticeReading {
        var text = try AuditSamples.text("14-no-request-no-response.json")
        for (part, other) in changes {
            try #require(text.contains(part), "\(part)")
            text = text.replacing(part, with: other)
        }
        return AuditSamples.read(text)
    }

    private func notice(_ changes: [(String, String)] = []) throws -> ExpiryNotice {
        guard case .notice(let notice) = try entry(changes) else { throw NoNotice() }
        return notice
    }

    @Test(arguments: [
        (
            "cloudaudit.googleapis.com%2Factivity", "cloudaudit.googleapis.com%2Fdata_access",
            IgnoredMessage.otherEntry
        ),
        (
            #""serviceName": "cloudresourcemanager.googleapis.com""#, #""serviceName": "storage.googleapis.com""#,
            .otherEntry
        ),
        (#""methodName": "SetIamPolicy""#, #""methodName": "InsertProjectOwnershipInvite""#, .otherEntry),
        (#""status": {}"#, #""status": {"code": 7}"#, .failedCall),
        (#""status": {}"#, #""status": {"code": "7"}"#, .failedCall),
        ("user:admin@example.com", "serviceAccount:service-1@gcp-sa-pam.iam.gserviceaccount.com", .accessManager),
        ("admin@example.com", "service-org-1@gcp-sa-pam.iam.gserviceaccount.com", .accessManager),
        (#""action": "ADD""#, #""action": "REMOVE""#, .noTemporaryGrant),
        ("expires_2026_05_05", "Created by: PAM", .noTemporaryGrant),
        ("request.time <", "request.time >", .noTemporaryGrant),
        (#""condition": {"#, #""conditions": {"#, .noTemporaryGrant),
        (#""bindingDeltas": ["#, #""auditConfigDeltas": ["#, .noTemporaryGrant),
    ])
    func `what another log, service, method or agent brings is ignored`(
        _ part: String,
        _ other: String,
        _ reason: IgnoredMessage
    ) throws {
        #expect(try entry([(part, other)]) == .ignored(reason))
    }

    @Test func `a title out of scope is ignored`() throws {
        let text = try AuditSamples.text("14-no-request-no-response.json")
        #expect(AuditSamples.read(text, titles: .activations) == .ignored(.noTemporaryGrant))
        let others = try #require(NamePatterns(["*", "!expires_*"]))
        #expect(AuditSamples.read(text, titles: others) == .ignored(.noTemporaryGrant))
    }

    @Test(arguments: [
        (#""condition": {"#, #""condition": "x", "y": {"#), (#""expression""#, #""expressions""#),
        (#""policyDelta": {"#, #""policyDeltas": {"#), (#""action": "ADD""#, #""action": "MODIFY""#),
        (#""action": "ADD","#, ""), (#""bindingDeltas": ["#, #""bindingDeltas": 1, "x": ["#),
        (#""member": "user:carol@example.com","#, ""),
    ])
    func `an entry that does not say what was added is a reason to look at once`(_ part: String, _ other: String) throws
    {
        let notice = try notice([(part, other)])
        #expect(notice.audit?.lacksDelta == true)
        #expect(!notice.hasAllGrants)
        #expect(notice.instants(graceSeconds: 60) == [.distantPast])
    }

    @Test func `of a part of an entry only a delta in serviceData is whole`() throws {
        let split = (
            #""severity": "NOTICE""#, #""severity": "NOTICE", "split": {"uid": "x", "index": 0, "totalSplits": 2}"#
        )
        #expect(try notice([split]).audit?.lacksDelta == false)
        #expect(try notice([split, (#""serviceData""#, #""metadata""#)]).audit?.lacksDelta == true)
        #expect(try notice([(#""serviceData""#, #""metadata""#)]).audit?.lacksDelta == false)
    }

    @Test(arguments: [
        "google.cloud.resourcemanager.v3.Projects.SetIamPolicy",
        "google.cloud.resourcemanager.v3.Folders.SetIamPolicy",
        "google.cloud.resourcemanager.v2.Folders.setIAMPolicy",
    ])
    func `every spelling of the method counts`(_ name: String) throws {
        #expect(try notice([(#""methodName": "SetIamPolicy""#, #""methodName": "\#(name)""#)]).grants.count == 1)
    }

    @Test func `a project's number is replaced by the ID in the log's name`() throws {
        let number = (#""resourceName": "projects/shop-production""#, #""resourceName": "projects/1234""#)
        #expect(try notice([number]).resource == "projects/shop-production")
    }

    @Test func `what had ended when it was added is told apart by the entry's own time`() throws {
        #expect(try notice().audit?.deadTitles == [])
        let later = (#""timestamp": "2026-05-04"#, #""timestamp": "2026-05-06"#)
        #expect(try notice([later]).audit?.deadTitles == ["expires_2026_05_05"])
        // Without its time nobody can say so.
        #expect(try notice([(#""timestamp": "2026-05-04"#, #""times": "2026-05-04"#)]).audit?.deadTitles == [])
    }

    @Test func `parts and copies of an entry are one, and other entries are others`() throws {
        func id(_ changes: [(String, String)] = []) throws -> String? { try notice(changes).audit?.entryID }
        let split = #""severity": "NOTICE", "split": {"uid": "u", "index": 0}"#
        let parts = try ["-a1b2c3d4e5f", "-a1b2c3d4e5f.1"].map {
            try id([(#""severity": "NOTICE""#, split), ("-a1b2c3d4e5f", $0)])
        }
        #expect(parts[0] == parts[1])
        #expect(try id() != parts[0])
        #expect(try id([("-a1b2c3d4e5f", "-other")]) != id())
        #expect(try id([(#""timestamp": "2026-05-04"#, #""timestamp": "2026-05-03"#)]) != id())
        #expect(try id([(#""insertId""#, #""insertIds""#)]) == "7", "the message's")
    }

    @Test func `one grant under two conditions is two`() throws {
        let text = try AuditSamples.text("16-duplicate-deltas.json")
        let other = try #require(text.range(of: #""title": "temp""#))
        let changed = text.replacingCharacters(in: other, with: #""title": "temp 2""#)
        guard case .notice(let notice) = AuditSamples.read(changed) else { throw NoNotice() }
        #expect(notice.grants.count == 2)
        #expect(notice.ends.count == 1)
    }

    @Test func `the caller is the e-mail, else the subject, and the delegate whoever stood behind him`() throws {
        let email = (#""principalEmail": "admin@example.com","#, "")
        #expect(try notice().audit?.caller == "admin@example.com")
        #expect(try notice([email]).audit?.caller == "user:admin@example.com")
        #expect(try notice([(email.0, #""principalEmail": "","#)]).audit?.caller == "user:admin@example.com")
        for last in [#"{"principalSubject": "user:b"}"#, #"{"firstPartyPrincipal": {"principalEmail": "user:b"}}"#] {
            let chain = #""serviceAccountDelegationInfo": [{"principalSubject": "a"}, \#(last)],"#
            #expect(try notice([(email.0, chain)]).audit?.delegate == "user:b")
        }
    }

    @Test(arguments: AuditSamples.names, [false, true])
    func `every sample is what it is said to be, whole and reduced`(_ name: String, isReduced: Bool) throws {
        let expected = try #require(try AuditSamples.expected()[name])
        guard let text = try AuditSamples.text(name, isReduced: isReduced) else {
            // What the subscription's transform drops is ignored anyway.
            #expect(expected["kind"]?.string == "ignored")
            return
        }
        let reading = AuditSamples.read(text)
        guard expected["kind"]?.string == "grant" else {
            guard case .ignored = reading else { throw NoNotice() }
            return
        }
        guard case .notice(let notice) = reading else { throw NoNotice() }
        #expect(notice.resource == expected["resource"]?.string)
        let grants = try #require(expected["grants"]?.elements)
        #expect(notice.grants.map(\.role) == grants.map { $0["role"]?.string })
        #expect(notice.grants.map(\.member) == grants.map { $0["member"]?.string })
        let ends = Set(try grants.map { try MessageSamples.time($0["end"]?.string ?? "") })
        #expect(notice.ends == ends.sorted())
        #expect(notice.audit?.deadTitles == [])
    }
}

@Suite("Notices of our own")
struct OwnNoticeTests {
    private static let long = String(repeating: "i", count: 1025)

    @Test func `one is read as it was written`() throws {
        guard case .notice(var notice) = AuditSamples.read(try AuditSamples.text("25-many-conditional-adds.json"))
        else {
            throw NoNotice()
        }
        notice.publishTime = try MessageSamples.time("2026-05-04T09:00:05Z")
        let text = String(decoding: notice.ownMessage, as: UTF8.self)
        let again = try MessageSamples.notice(text, messageID: "other", publishTime: "2026-05-09T09:00:05Z")
        #expect(again.isOwn)
        #expect(again.audit == nil)
        #expect((again.resource, again.messageID, again.source) == (notice.resource, notice.messageID, .auditLog))
        #expect((again.ends, again.grants, again.hasAllGrants) == (notice.ends, notice.grants, true))
        #expect(again.publishTime == notice.publishTime, "the earlier counts")
    }

    @Test func `a grant that cannot be written, and an end beyond the calendar, cost no end`() throws {
        var notice = try MessageSamples.notice(MessageSamples.selfApproved)
        notice.grants.append(ExpiryNotice.Grant(role: "roles/a", member: ""))
        notice.grants.append(ExpiryNotice.Grant(role: "roles/a", member: String(repeating: "m", count: 1025)))
        let last = try MessageSamples.time("9999-12-31T23:59:59.999999999Z")
        notice.ends.append(last.next)
        let again = try MessageSamples.notice(String(decoding: notice.ownMessage, as: UTF8.self))
        #expect(again.ends == notice.ends.dropLast() + [last])
        #expect(again.grants == Array(notice.grants.dropLast(2)))
        #expect(!again.hasAllGrants)
    }

    @Test func `an odd grant is left out and costs no end`() throws {
        let text =
            #"{"jitcleanup":1,"resource":"projects/p","ends":["2026-05-05T08:30:00Z"],"grants":[{"role":"r"}],"more":false}"#
        let notice = try MessageSamples.notice(text)
        #expect(notice.grants.isEmpty && !notice.hasAllGrants)
    }

    @Test func `beyond fifty grants the others are not named`() throws {
        var notice = try MessageSamples.notice(MessageSamples.selfApproved)
        notice.grants = (0..<51).map { ExpiryNotice.Grant(role: "roles/r\($0)", member: "user:a@example.com") }
        let again = try MessageSamples.notice(String(decoding: notice.ownMessage, as: UTF8.self))
        #expect(again.grants.count == 50)
        #expect(!again.hasAllGrants)
    }

    @Test(arguments: [
        #"{"jitcleanup":2,"resource":"projects/p","ends":["2026-05-05T08:30:00Z"],"grants":[]}"#,
        #"{"jitcleanup":1,"ends":["2026-05-05T08:30:00Z"],"grants":[]}"#,
        #"{"jitcleanup":1,"resource":"projects/p","ends":[],"grants":[]}"#,
        #"{"jitcleanup":1,"resource":"projects/p","ends":["soon"],"grants":[]}"#,
        #"{"jitcleanup":1,"resource":"projects/p","ends":["2026-05-05T08:30:00Z"],"grants":{}}"#,
        #"{"jitcleanup":1,"resource":"projects/p","ends":["2026-05-05T08:30:00Z"],"grants":[],"id":"\#(long)"}"#,
    ])
    func `what is not whole can never be acted on`(_ text: String) {
        guard case .unusable = MessageSamples.read(text) else {
            Issue.record("taken: \(text)")
            return
        }
    }
}

private struct NoNotice: Error {}

/// Entries as a log sink publishes them, and what each is.
enum AuditSamples {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Vectors/audit-log")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        precondition(files.count > 12, "no samples in \(folder)")
        return files.filter { $0.first?.isNumber ?? false }.sorted()
    }()

    static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Nil for a reduced one that is dropped.
    static func text(_ name: String, isReduced: Bool) throws -> String? {
        guard isReduced else { return try text(name) }
        return try? String(contentsOf: folder.appending(path: "reduced/\(name)"), encoding: .utf8)
    }

    static func expected() throws -> [String: JSONValue] {
        let data = Array(try Data(contentsOf: folder.appending(path: "expected.json")))
        let files =
            try JSONDocument(data, rules: JSONRules(maximumDepth: 32, maximumBytes: 1 << 20)).root["files"]?.members
            ?? []
        return Dictionary(uniqueKeysWithValues: files.map { ($0.name.string ?? "", $0.value) })
    }

    static func read(_ text: String, titles: NamePatterns = .any) -> NoticeReading {
        NoticeReader.read(data: Array(text.utf8), origin: nil, messageID: "7", titles: titles)
    }
}
