import HTTPTransport
import LocalCloud
import LosslessJSON
import TestSupport
import Testing
import Timestamps

@Suite struct JITAccessMessageTests {
    private func activation(_ change: (inout LocalActivation) -> Void = { _ in }) -> LocalActivation {
        var activation = LocalActivation(
            user: "alice@example.com",
            roles: ["roles/compute.viewer"],
            project: "project-1",
            start: Instant(seconds: 1_701_209_624),
            end: Instant(seconds: 1_701_210_224)
        )
        change(&activation)
        return activation
    }

    @Test func `a self-approval is as Gson writes it, HTML characters escaped`() {
        let message = activation { $0.justification = "Alice's <b>CASE=123</b> & \"more\"" }.message(.selfApproved)
        #expect(message.attributes.isEmpty)
        #expect(
            text(message.data)
                == #"{"type":"ActivationSelfApproved","attributes":{"role":"roles/compute.viewer","#
                + #""beneficiary":"alice@example.com","start_time":"2023-11-28T22:13:44Z","#
                + #""end_time":"2023-11-28T22:23:44Z","justification":"Alice\u0027s \u003cb\u003eCASE\u003d123"#
                + #"\u003c/b\u003e \u0026 \"more\"","project_id":"project-1"}}"#
        )
    }

    @Test func `several roles are joined with a comma and a space`() throws {
        let message = activation { $0.roles = ["roles/a", "roles/b"] }.message(.selfApproved)
        #expect(try json(message.data).root["attributes"]?["role"]?.string == "roles/a, roles/b")
    }

    @Test func `an approval names reviewers and approver, from 1_8 on the resource condition too`() throws {
        let approved = activation {
            $0.reviewers = ["bob@example.com", "carol@example.com"]
            $0.approver = "bob@example.com"
            $0.resourceCondition = #"resource.name == "x""#
        }
        let older = try json(approved.message(.approved).data).root
        #expect(older["type"]?.string == "ActivationApproved")
        #expect(older["attributes"]?["reviewers"]?.elements?.compactMap(\.string) == approved.reviewers)
        #expect(older["attributes"]?["approver"]?.string == "bob@example.com")
        #expect(older["attributes"]?["resource_condition"] == nil)
        let newer = approved.message(.approvedWithResourceCondition).data
        #expect(text(newer).contains(#""resource_condition":"resource.name \u003d\u003d \"x\"""#))
    }

    @Test func `a request has a fraction in its expiry and no approver`() throws {
        let message = try json(activation().message(.requested).data).root
        #expect(message["type"]?.string == "RequestActivation")
        #expect(message["attributes"]?["request_expiry_time"]?.string == "2023-11-28T23:13:44.354871Z")
        #expect(message["attributes"]?["approver"] == nil)
    }

    @Test func `the messages of 2023 have an origin and leave out the seconds of a whole minute`() throws {
        let minute = activation { $0.start = Instant(seconds: 1_701_209_580) }
        let message = minute.message(.binding)
        #expect(message.attributes == ["origin": "jit-binding"])
        let expression = try json(message.data).root["payload"]?["conditions"]?["expression"]
        #expect(expression?["start"]?.string == "2023-11-28T22:13Z")
        #expect(expression?["end"]?.string == "2023-11-28T22:23:44Z")
        let echo = minute.message(.cleanupEcho)
        #expect(echo.attributes == ["origin": "jit-cleanup"] && echo.data == message.data)
    }

    @Test func `a binding's condition is JIT Access's`() throws {
        let binding = try json(try #require(activation().bindings.first).bytes()).root
        #expect(binding["condition"]?["title"]?.string == "JIT access activation")
        #expect(binding["condition"]?["description"]?.string == "Self-approved, justification: Working on CASE-123")
        let window =
            #"(request.time >= timestamp("2023-11-28T22:13:44Z") && request.time < timestamp("2023-11-28T22:23:44Z"))"#
        #expect(binding["condition"]?["expression"]?.string == window)
        #expect(activation { $0.resourceCondition = "x || y" }.expression == "(\(window)) && (x || y)")
    }

    @Test func `the demo's policy is taken by Resource Manager as it is`() async throws {
        let now = Instant(seconds: 1_800_000_000)
        try await withCloud { cloud, client async throws in
            let demo = LocalPolicy.demo(project: "demo", now: now, endingSoonAfter: 20)
            #expect(demo.endingSoon.end == now.adding(seconds: 20))
            #expect(demo.live.end > now && demo.ended.allSatisfy { $0.end < now })
            try cloud.resourceManager.setPolicy("demo", demo.json)
            let read = try await client.read("demo")
            #expect(read.root["version"]?.integer == 3)
            #expect(try await client.write("demo", text(read.bytes)).status == 200)
            let after = try await client.read("demo").root
            #expect(text(after.document.bytes).contains(#""futureField": 9223372036854775809"#))
            let titles = after["bindings"]?.elements?.compactMap { $0["condition"]?["title"]?.string } ?? []
            #expect(titles.count { $0 == "JIT access activation" } == 7)
            #expect(titles.count { $0 == "Eligible for JIT access" } == 2)
            #expect(titles.count { $0 == "Created by: PAM" } == 1)
            #expect(after["auditConfigs"]?.elements?.count == 1)
        }
    }
}
