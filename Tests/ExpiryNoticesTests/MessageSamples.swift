import ExpiryNotices
import IAMPolicy
import Testing
import Timestamps

/// Messages as JIT Access wrote them, one per variant; the names are those of the variants in the tests' sentences.
enum MessageSamples {
    static func read(
        _ text: String,
        origin: String? = nil,
        messageID: String = "",
        publishTime: String? = nil,
        titles: NamePatterns = .activations
    ) -> NoticeReading {
        NoticeReader.read(
            data: Array(text.utf8),
            origin: origin,
            messageID: messageID,
            publishTime: publishTime.flatMap { Instant($0, spelling: .javaTime) },
            titles: titles
        )
    }

    /// The notice that the message is read as.
    static func notice(
        _ text: String,
        origin: String? = nil,
        messageID: String = "",
        publishTime: String? = nil,
        titles: NamePatterns = .activations
    ) throws -> ExpiryNotice {
        let reading = read(text, origin: origin, messageID: messageID, publishTime: publishTime, titles: titles)
        guard case .notice(let notice) = reading else {
            Issue.record("\(reading)")
            throw NoNotice()
        }
        return notice
    }

    static func time(_ text: String) throws -> Instant { try #require(Instant(text, spelling: .strict)) }

    private struct NoNotice: Error {}

    static let selfApproved = #"""
        {"type":"ActivationSelfApproved","attributes":{"role":"roles/compute.viewer","beneficiary":"alice@example.com",
        "start_time":"2023-11-28T22:13:44Z","end_time":"2023-11-28T22:23:44Z",
        "justification":"Alice\u0027s CASE-123, need to view VMs","project_id":"project-1"}}
        """#

    static let selfApprovedRoleList = #"""
        {"type":"ActivationSelfApproved","attributes":{
        "role":"roles/compute.viewer, roles/logging.viewer, projects/project-1/roles/customDebugger",
        "beneficiary":"alice@example.com","start_time":"2024-05-20T09:00:00Z","end_time":"2024-05-20T11:00:00Z",
        "justification":"CASE-123","project_id":"project-1"}}
        """#

    static let requestActivation = #"""
        {"type":"RequestActivation","attributes":{"role":"roles/compute.admin","beneficiary":"alice@example.com",
        "start_time":"2023-11-28T22:19:06Z","end_time":"2023-11-28T22:29:06Z","reviewers":["bob@example.com"],
        "justification":"CASE-123","action_url":"https://jitaccess.example.com/?activation\u003dJhbGciOi",
        "request_expiry_time":"2023-11-28T23:19:06.123Z","base_url":"https://jitaccess.example.com/",
        "project_id":"project-1","resource_condition":""}}
        """#

    static let approved = #"""
        {"type":"ActivationApproved","attributes":{"role":"roles/compute.admin","beneficiary":"alice@example.com",
        "start_time":"2023-11-28T22:19:06Z","end_time":"2023-11-28T22:29:06Z",
        "reviewers":["bob@example.com","carol@example.com"],"justification":"CASE-123",
        "base_url":"https://jitaccess.example.com/","approver":"bob@example.com","project_id":"project-1"}}
        """#

    static let approvedWithCondition = #"""
        {"type":"ActivationApproved","attributes":{"role":"roles/compute.instanceAdmin.v1",
        "resource_condition":"resource.name.startsWith(\"projects/sample-project/zones/asia-southeast1-a/\")",
        "beneficiary":"alice@example.com","start_time":"2024-05-20T09:00:00Z","end_time":"2024-05-20T09:30:00Z",
        "reviewers":["bob@example.com"],"justification":"CASE-125","base_url":"https://jitaccess.example.com/",
        "approver":"bob@example.com","project_id":"sample-project"}}
        """#

    /// The `origin` family; the times vary.
    static func binding(start: String = "2023-07-18T09:15:30Z", end: String = "2023-07-18T11:15:30Z") -> String {
        #"{"payload":\#(flatBinding(start: start, end: end))}"#
    }

    /// One build of 2023-07-03 sent a binding without `payload`, under `origin=jit-approval`.
    static func flatBinding(start: String = "2023-07-18T09:15:30Z", end: String = "2023-07-18T11:15:30Z") -> String {
        #"""
        {"user":"alice@example.com","role":"roles/compute.viewer","project_id":"project-1",
        "conditions":{"expression":{"start":"\#(start)","end":"\#(end)"},
        "title":"JIT access activation","description":"Self-approved, justification: CASE-123"}}
        """#
    }

    static let approvalRequest = #"""
        {"payload":{"user":"alice@example.com","role":"roles/compute.admin","project_id":"project-1",
        "conditions":{"description":"Requesting approval, justification: CASE-123","title":"JIT approval request"},
        "approvals":{"activationExpiry":"2023-09-13T10:15:30Z","activationUrl":"https://jitaccess.example.com/",
        "duration":"PT2H","requestPeers":[{"email":"bob@example.com"}]}}}
        """#

    static let failure = #"""
        {"payload":{"user":"alice@example.com","role":"roles/compute.admin","project_id":"project-1"}}
        """#
}
