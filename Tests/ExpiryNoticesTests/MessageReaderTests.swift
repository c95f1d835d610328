import JITAccess
import Testing
import Timestamps

private func read(_ text: String, origin: String? = nil) -> MessageReading {
    MessageReader.read(data: Array(text.utf8), origin: origin)
}

private func time(_ text: String) throws -> Instant {
    try #require(Instant(text, spelling: .strict))
}

@Suite("Messages that are refused or ignored")
struct RefusedMessageTests {
    @Test(
        "an activation without a required field is a fault that names the field",
        arguments: ["role", "beneficiary", "start_time", "end_time", "project_id"]
    )
    func missingField(field: String) {
        let renamed = MessageSamples.selfApproved.replacing("\"\(field)\"", with: "\"other\"")
        #expect(read(renamed) == .unusable(.missing("attributes.\(field)")))
    }

    @Test(
        "a field of the wrong type is a fault that names the field",
        arguments: ["1700000000", "[\"roles/x\"]", "{}", "true"]
    )
    func wrongType(value: String) {
        let text = MessageSamples.selfApproved.replacing("\"2023-11-28T22:23:44Z\"", with: value)
        #expect(read(text) == .unusable(.wrongType("attributes.end_time")))
    }

    @Test(
        "an end that is no time that exists is a fault, never an expired activation",
        arguments: [
            "1900-01-01", "2023-02-30T00:00:00Z", "2023-11-28T24:00:00Z", "2023-11-28T22:60:00Z",
            "2023-11-28T22:23:60Z", "2023-11-28 22:23:44Z", "2023-11-28T22:23:44", "2023-11-28t22:23:44z",
            "2023-11-28T22:23:44.1234567890Z", "2023-11-28T22:23:44.Z", "+2023-11-28T22:23:44Z", "soon", "0", " ",
        ]
    )
    func impossibleEnd(end: String) {
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
        let limit = ActivationLimits.roles
        func message(roles: Int) -> String {
            MessageSamples.selfApproved.replacing(
                "roles/compute.viewer",
                with: (0..<roles).map { "roles/r\($0)" }.joined(separator: ", ")
            )
        }
        #expect(read(message(roles: limit + 1)) == .unusable(.tooManyRoles(limit + 1)))
        #expect(read(message(roles: 10_000)) == .unusable(.unfitLength("attributes.role")))
        guard case .activation(let activation) = read(message(roles: limit)) else {
            Issue.record("the limit itself must pass")
            return
        }
        #expect(activation.roles.count == limit)
    }

    @Test(
        "a role list with an empty part is a fault",
        arguments: ["roles/a, ", ", roles/a", "roles/a,, roles/b", " "]
    )
    func emptyRole(roles: String) {
        let text = MessageSamples.selfApproved.replacing("roles/compute.viewer", with: roles)
        #expect(read(text) == .unusable(.unfitLength("role")))
    }

    @Test(
        "an object that is cut short or damaged is a fault",
        arguments: [
            "{", #"{"type":"ActivationSelfApproved","attributes":{"#, #"{"type":"ActivationSelfApproved",}"#,
            #"{"type":"x","type":"ActivationSelfApproved","attributes":{}}"#, "  {\"a\":1}}",
        ]
    )
    func damaged(text: String) {
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

    @Test func `data larger than the limit is not even read`() {
        let limit = ActivationLimits.messageBytes
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

    @Test func `a request for activation makes no binding`() {
        #expect(read(MessageSamples.requestActivation) == .ignored(.noBinding("RequestActivation")))
    }

    @Test(
        "messages of the origin family that make no binding are ignored",
        arguments: [
            ("jit-approval", MessageSamples.approvalRequest), ("jit-error", MessageSamples.failure),
            ("jit-notification", "{}"), ("jit-test", "x"), ("jit-request-approved", MessageSamples.approvalRequest),
            ("jit-approval", "plain justification text"), ("jit-approval", ""),
        ]
    )
    func noBinding(origin: String, text: String) {
        #expect(read(text, origin: origin) == .ignored(.noBinding(origin)))
    }

    @Test(
        "an echo is never acted on, whatever its body says",
        arguments: [MessageSamples.binding(), MessageSamples.selfApproved, "", "x", "{"]
    )
    func echo(text: String) {
        #expect(read(text, origin: "jit-cleanup") == .ignored(.ownEcho))
    }

    @Test(
        "what is not JIT Access's is ignored",
        arguments: [
            "", "hello", "[]", "1", "null", "{}", #"{"type":"Other","attributes":{}}"#, #"{"type":1,"attributes":{}}"#,
            #"{"type":"activationselfapproved","attributes":{}}"#,
            #"{"type":["ActivationSelfApproved"],"attributes":{}}"#,
            MessageSamples.binding(),
        ]
    )
    func foreign(text: String) {
        #expect(read(text) == .ignored(.foreign))
    }

    @Test func `an unknown origin is ignored`() {
        #expect(read(MessageSamples.binding(), origin: "somebody-else") == .ignored(.foreign))
    }
}

@Suite("Messages that announce an activation")
struct ActivationMessageTests {
    @Test func `a self-approval of one role`() throws {
        #expect(
            read(MessageSamples.selfApproved)
                == .activation(
                    Activation(
                        family: .released,
                        project: "project-1",
                        beneficiary: "alice@example.com",
                        roles: ["roles/compute.viewer"],
                        start: try time("2023-11-28T22:13:44Z"),
                        end: try time("2023-11-28T22:23:44Z")
                    )
                )
        )
    }

    @Test func `a self-approval of several roles, a doubled one taken once`() throws {
        let doubled = MessageSamples.selfApprovedRoleList.replacing(
            "roles/logging.viewer,",
            with: "roles/logging.viewer, roles/compute.viewer,roles/logging.viewer,"
        )
        for text in [MessageSamples.selfApprovedRoleList, doubled] {
            guard case .activation(let activation) = read(text) else {
                Issue.record("not an activation")
                return
            }
            #expect(
                activation.roles == [
                    "roles/compute.viewer", "roles/logging.viewer", "projects/project-1/roles/customDebugger",
                ]
            )
        }
    }

    @Test(
        "an approval with and without resource condition",
        arguments: [MessageSamples.approved, MessageSamples.approvedWithCondition]
    )
    func approval(text: String) throws {
        guard case .activation(let activation) = read(text) else {
            Issue.record("not an activation")
            return
        }
        #expect(activation.family == .released)
        #expect(activation.beneficiary == "alice@example.com")
        #expect(activation.start < activation.end)
    }

    @Test(
        "the origin family, with the times that Java writes",
        arguments: [
            ("2023-07-18T11:15:30Z", "2023-07-18T11:15:30Z"), ("2023-07-18T11:15Z", "2023-07-18T11:15:00Z"),
            ("2023-07-18T11:15:30.120Z", "2023-07-18T11:15:30.12Z"),
            ("2023-07-18T11:15:30.353120Z", "2023-07-18T11:15:30.35312Z"),
            ("2023-07-18T11:15:30.123456789Z", "2023-07-18T11:15:30.123456789Z"),
            ("2023-07-18T13:15:30+02:00", "2023-07-18T11:15:30Z"),
        ]
    )
    func originFamily(spelled: String, meant: String) throws {
        for origin in ["jit-binding", "jit-role-activated"] {
            guard case .activation(let activation) = read(MessageSamples.binding(end: spelled), origin: origin) else {
                Issue.record("\(spelled) was refused")
                return
            }
            #expect(activation.family == .origin)
            #expect(activation.end == (try time(meant)))
            #expect(activation.roles == ["roles/compute.viewer"])
        }
    }

    @Test func `one build's binding without payload, under the origin of approvals`() throws {
        guard case .activation(let activation) = read(MessageSamples.flatBinding(), origin: "jit-approval") else {
            Issue.record("not an activation")
            return
        }
        #expect(activation.end == (try time("2023-07-18T11:15:30Z")))
    }

    @Test func `the released family with Pub/Sub attributes of others is read all the same`() {
        guard case .activation = read(MessageSamples.selfApproved, origin: "relay") else {
            Issue.record("not an activation")
            return
        }
    }
}
