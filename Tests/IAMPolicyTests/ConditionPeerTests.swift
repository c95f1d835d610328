import IAMPolicy
import Testing
import Timestamps

/// Mistakes of other tools, each as a condition that they would misjudge.
@Suite struct ConditionPeerTests {
    @Test(arguments: [
        Sample.scheduled,
        "request.time.getHours('Europe/Berlin') >= 22 || request.time.getHours('Europe/Berlin') < 4",
        "request.time.getDayOfWeek('UTC') == 0",
    ])
    func `what is false now is not taken for expired`(_ expression: String) {
        #expect(!Sample.isDead(expression))
    }

    @Test(arguments: [
        "[request.path].exists(p, p.startsWith('/a')) || \(Sample.dead)",
        "f(g(request.path)) || \(Sample.dead)", "!(\(Sample.dead) && f(request.path))",
    ])
    func `what is nested is looked into`(_ expression: String) {
        #expect(!Sample.isDead(expression))
    }

    @Test(arguments: [
        #"(request.time >= timestamp("2023-01-01T00:00:00Z") && request.time < timestamp("2023-01-01T01:00:00Z") || true || request.time < timestamp("2023-01-01T01:00:00Z"))"#,
        #"(request.time >= timestamp("2023-01-01T00:00:00Z") || true || request.time >= timestamp("2023-01-01T00:00:00Z") && request.time < timestamp("2023-01-01T01:00:00Z"))"#,
        #"(request.time >= timestamp("2023-01-01T00:00:00Z") && request.time < timestamp("2023-01-01T01:00:00Z")) || (request.time < timestamp("2030-01-01T01:00:00Z"))"#,
    ])
    func `an alternative between two timestamps does not pass for a window`(_ expression: String) throws {
        #expect(!Sample.isDead(expression))
        #expect(Condition(expression: Array(expression.utf8)).window == nil)
        let state = try Sample.policy([Sample.binding(if: expression)]).bindings[0].state(
            at: Sample.now,
            graceSeconds: 0
        )
        #expect(state == .notUnderstood(.noWindow))
    }

    @Test func `an alternative before && is not split off`() {
        let expression = "resource.name == 'a' || resource.name == 'b' && \(Sample.expired)"
        #expect(!Sample.isDead(expression))
        #expect(Condition(expression: Array(expression.utf8)).window == nil)
    }

    @Test(arguments: [
        "created_at=2020-01-01", "request.time < timestamp('2020-01-01T00:00:00Z')", "JIT access activation",
    ])
    func `a title is no condition`(_ title: String) throws {
        let policy = try Sample.policy([
            Sample.binding(title: title, description: Sample.dead, if: "true"),
            Sample.binding(title: title, if: "resource.name == 'x'"),
        ])
        #expect(policy.edit(now: Sample.now, graceSeconds: 0).setIamPolicyBody() == nil)
    }

    @Test func `the first timestamp is not taken for the end`() {
        #expect(!Sample.isDead(Sample.live))
    }

    @Test func `a condition's location and other unknown fields survive a write`() throws {
        let kept = """
            {"role":"roles/x","members":["user:a@example.com"],"condition":{"location":"here","title":"t","new":[1e400],\
            "expression":"true"},"later":{"a":null}}
            """
        let policy = try Sample.policy([kept, Sample.binding()])
        let edit = policy.edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.writtenPolicy() == Sample.policyText([kept]))
    }
}
