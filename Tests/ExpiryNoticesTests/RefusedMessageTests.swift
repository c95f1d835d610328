import ExpiryNotices
import Testing

private func read(_ text: String, origin: String? = nil) -> NoticeReading {
    MessageSamples.read(text, origin: origin)
}

@Suite("Messages that are refused or ignored")
struct RefusedMessageTests {
    @Test(arguments: ["role", "beneficiary", "start_time", "end_time", "project_id"])
    func `an activation without a required field is a fault that names the field`(field: String) {
        let renamed = MessageSamples.selfApproved.replacing("\"\(field)\"", with: "\"other\"")
        #expect(read(renamed) == .unusable(.missing("attributes.\(field)")))
    }

    @Test(arguments: ["1700000000", "[\"roles/x\"]", "{}", "true"])
    func `a field of the wrong type is a fault that names the field`(value: String) {
        let text = MessageSamples.selfApproved.replacing("\"2023-11-28T22:23:44Z\"", with: value)
        #expect(read(text) == .unusable(.wrongType("attributes.end_time")))
    }

    @Test(arguments: [
        "1900-01-01", "2023-02-30T00:00:00Z", "2023-11-28T24:00:00Z", "2023-11-28T22:60:00Z",
        "2023-11-28T22:23:60Z", "2023-11-28 22:23:44Z", "2023-11-28T22:23:44", "2023-11-28t22:23:44z",
        "2023-11-28T22:23:44.1234567890Z", "2023-11-28T22:23:44.Z", "+2023-11-28T22:23:44Z", "soon", "0", " ",
    ])
    func `an end that is no time that exists is a fault, never an expired activation`(end: String) {
        let text = MessageSamples.selfApproved.replacing("2023-11-28T22:23:44Z", with: end)
        #expect(read(text) == .unusable(.notATime("attributes.end_time")))
        #expect(
            read(MessageSamples.binding(end: end), origin: "jit-binding")
                == .unusable(.notATime("payload.conditions.expression.end"))
        )
    }

    @Test func `an empty end is a fault`() {
        let text = MessageSamples.selfApproved.replacing("2023-11-28T22:23:44Z", with: "")
        #expect(read(text) == .unusable(.unfitLength("attributes.end_time")))
    }

    @Test func `an activation that ends before it starts is a fault`() {
        let text = MessageSamples.selfApproved.replacing("2023-11-28T22:23:44Z", with: "2023-11-28T22:13:43Z")
        #expect(read(text) == .unusable(.endBeforeStart))
    }

    @Test func `ten thousand roles are a fault, and so is one more than the limit`() {
        let limit = MessageLimits.roles
        func message(roles: Int) -> String {
            MessageSamples.selfApproved.replacing(
                "roles/compute.viewer",
                with: (0..<roles).map { "roles/r\($0)" }.joined(separator: ", ")
            )
        }
        #expect(read(message(roles: limit + 1)) == .unusable(.tooManyRoles(limit + 1)))
        #expect(read(message(roles: 10_000)) == .unusable(.unfitLength("attributes.role")))
        guard case .notice(let notice) = read(message(roles: limit)) else {
            Issue.record("the limit itself must pass")
            return
        }
        #expect(notice.grants.count == limit)
    }

    @Test(arguments: ["roles/a, ", ", roles/a", "roles/a,, roles/b", " "])
    func `a role list with an empty part is a fault`(roles: String) {
        let text = MessageSamples.selfApproved.replacing("roles/compute.viewer", with: roles)
        #expect(read(text) == .unusable(.unfitLength("role")))
    }

    @Test(arguments: [
        "{", #"{"type":"ActivationSelfApproved","attributes":{"#, #"{"type":"ActivationSelfApproved",}"#,
        #"{"type":"x","type":"ActivationSelfApproved","attributes":{}}"#, "  {\"a\":1}}",
    ])
    func `an object that is cut short or damaged is a fault`(text: String) {
        guard case .unusable(.notJSON) = read(text) else {
            Issue.record("\(text) was read")
            return
        }
    }

    @Test func `a known type without attributes is a fault`() {
        for type in ["ActivationSelfApproved", "ActivationApproved"] {
            #expect(read("{\"type\":\"\(type)\"}") == .unusable(.missing("attributes")))
        }
    }

    @Test func `names of the greatest length are read, and one byte more is a fault that names the field`() {
        let limit = MessageLimits.nameBytes
        for (field, sample) in [
            ("beneficiary", "alice@example.com"), ("project_id", "project-1"), ("role", "roles/compute.viewer"),
        ] {
            func message(_ count: Int) -> String {
                MessageSamples.selfApproved.replacing(sample, with: String(repeating: "x", count: count))
            }
            guard case .notice = read(message(limit)) else {
                Issue.record("\(field): the limit itself must pass")
                continue
            }
            let path = field == "role" ? field : "attributes.\(field)"
            #expect(read(message(limit + 1)) == .unusable(.unfitLength(path)))
        }
    }

    @Test func `data larger than the limit is not even read`() {
        let limit = MessageLimits.messageBytes
        let empty = #"{"a":""}"#
        let largest = empty.replacing(
            "\"\"",
            with: "\"" + String(repeating: "x", count: limit - empty.utf8.count) + "\""
        )
        #expect(read(largest) == .ignored(.foreign))
        #expect(read(largest + " ") == .unusable(.tooLarge(bytes: limit + 1)))
        #expect(read(String(repeating: "x", count: limit + 1)) == .ignored(.foreign))
    }

    @Test func `a binding of the origin family without data or with bare text is a fault`() {
        for text in ["", "Self-approved, justification: CASE-123"] {
            guard case .unusable(.notJSON) = read(text, origin: "jit-binding") else {
                Issue.record("\(text) was read")
                return
            }
        }
    }

    @Test func `a binding of the origin family without its payload or end is a fault`() {
        #expect(read(MessageSamples.flatBinding(), origin: "jit-binding") == .unusable(.missing("payload")))
        let endless = MessageSamples.binding().replacing("\"end\"", with: "\"until\"")
        #expect(read(endless, origin: "jit-binding") == .unusable(.missing("payload.conditions.expression.end")))
        #expect(
            read(MessageSamples.failure, origin: "jit-binding") == .unusable(.missing("payload.conditions"))
        )
    }

    @Test func `a message that can never be acted on stays so whenever it was published`() {
        for publishTime in [nil, "2023-11-28T22:13:45Z", "soon"] {
            let reading = MessageSamples.read(
                #"{"type":"ActivationApproved"}"#,
                messageID: "7",
                publishTime: publishTime
            )
            #expect(reading == .unusable(.missing("attributes")))
        }
    }

    @Test func `a request for activation makes no binding`() {
        #expect(read(MessageSamples.requestActivation) == .ignored(.noBinding("RequestActivation")))
    }

    @Test(arguments: [
        ("jit-approval", MessageSamples.approvalRequest), ("jit-error", MessageSamples.failure),
        ("jit-notification", "{}"), ("jit-test", "x"), ("jit-request-approved", MessageSamples.approvalRequest),
        ("jit-approval", "plain justification text"), ("jit-approval", ""),
    ])
    func `messages of the origin family that make no binding are ignored`(origin: String, text: String) {
        #expect(read(text, origin: origin) == .ignored(.noBinding(origin)))
    }

    @Test(arguments: [MessageSamples.binding(), MessageSamples.selfApproved, "", "x", "{"])
    func `an echo is never acted on, whatever its body says`(text: String) {
        #expect(read(text, origin: "jit-cleanup") == .ignored(.ownEcho))
    }

    @Test(arguments: [
        "", "hello", "[]", "1", "null", "{}", #"{"type":"Other","attributes":{}}"#, #"{"type":1,"attributes":{}}"#,
        #"{"type":"activationselfapproved","attributes":{}}"#,
        #"{"type":["ActivationSelfApproved"],"attributes":{}}"#,
        MessageSamples.binding(),
    ])
    func `what is not JIT Access's is ignored`(text: String) {
        #expect(read(text) == .ignored(.foreign))
    }

    @Test func `an unknown origin is ignored`() {
        #expect(read(MessageSamples.binding(), origin: "somebody-else") == .ignored(.foreign))
    }
}
