import LosslessJSON
import Testing
import Timestamps

@testable import IAMPolicy

/// Instants and expressions that the tests share; "now" is noon of 2024-06-01.
enum Sample {
    static let now = instant("2024-06-01T12:00:00Z")
    static let past = #"timestamp("2023-01-01T00:00:00Z")"#
    static let future = #"timestamp("2030-01-01T00:00:00Z")"#
    static let dead = "request.time < \(past)"
    static let alive = "request.time < \(future)"

    static func instant(_ text: String) -> Instant {
        guard let instant = Instant(text, spelling: .strict) else { preconditionFailure("\(text) is no timestamp") }
        return instant
    }

    /// The expression as JIT Access writes it.
    static func window(_ start: String, _ end: String) -> String {
        #"(request.time >= timestamp("\#(start)") && request.time < timestamp("\#(end)"))"#
    }

    static let expired = window("2024-06-01T10:00:00Z", "2024-06-01T11:00:00Z")
    static let live = window("2024-06-01T11:30:00Z", "2024-06-01T12:30:00Z")
    static let scheduled = window("2024-06-01T12:30:00Z", "2024-06-01T13:30:00Z")

    /// A binding's JSON text; the parts are escaped as JSON demands.
    static func binding(
        _ role: String = "roles/compute.viewer",
        _ members: [String] = ["user:alice@example.com"],
        title: String? = "JIT access activation",
        description: String? = "Self-approved, justification: CASE-123",
        if expression: String? = expired
    ) -> String {
        var condition: [String] = []
        if let title { condition.append("\"title\":\(quoted(title))") }
        if let description { condition.append("\"description\":\(quoted(description))") }
        if let expression { condition.append("\"expression\":\(quoted(expression))") }
        let members = members.map { quoted($0) }.joined(separator: ",")
        let suffix = condition.isEmpty ? "" : ",\"condition\":{\(condition.joined(separator: ","))}"
        return "{\"role\":\(quoted(role)),\"members\":[\(members)]\(suffix)}"
    }

    static func quoted(_ text: String) -> String { String(decoding: JSONEscapes.quoted(text), as: UTF8.self) }

    static func policyText(_ bindings: [String], version: String = #""version":3,"#, etag: String = "BwWWja0YfJA=")
        -> String
    {
        "{\(version)\"etag\":\"\(etag)\",\"bindings\":[\(bindings.joined(separator: ","))]}"
    }

    static func policy(_ bindings: [String]) throws -> Policy { try Policy(Array(policyText(bindings).utf8)) }

    static func isDead(_ expression: String, at cutoff: Instant = now) -> Bool {
        Condition(expression: Array(expression.utf8)).isDead(from: cutoff)
    }

    static func notUnderstood(_ expression: String) -> NotUnderstood? {
        Condition(expression: Array(expression.utf8)).notUnderstood
    }

    static func end(_ expression: String) -> ConditionEnd { Condition(expression: Array(expression.utf8)).end }

    /// A period of a grant, whose death is its end unless one is given.
    static func period(_ start: String?, _ end: String, death: String? = nil) -> GrantPeriod {
        GrantPeriod(start: start.map { instant($0) }, end: instant(end), death: death.map { instant($0) })
    }
}

extension PolicyEdit {
    /// The policy inside the body to write, as text; nil if nothing is to be written.
    func writtenPolicy(roles: Set<String>? = nil) -> String? {
        guard let body = setIamPolicyBody(roles: roles) else { return nil }
        let text = String(decoding: body, as: UTF8.self)
        guard text.hasPrefix(#"{"policy":"#), text.hasSuffix("}") else { return nil }
        return String(text.dropFirst(10).dropLast())
    }
}
