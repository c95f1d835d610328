import TestSupport
import Timestamps

/// A policy as large as IAM lets one grow in principals, about 250 kB, with what real ones hold: long lists of members
/// without a condition, and JIT Access's bindings of one member each, all with windows of their own, some of them
/// narrowed to a resource.
enum LargestPolicy {
    static let members = 1_500
    private static let ordinaryRoles = 27
    private static let membersOfOrdinaryRole = 30

    /// How many bindings are JIT Access's; every second of them has ended.
    static let activations = members - ordinaryRoles * membersOfOrdinaryRole

    /// The policy's text, and how many of its bindings have expired.
    static func text(now: Instant) -> (text: String, expired: Int) {
        var bindings: [String] = []
        for role in 0..<ordinaryRoles {
            let first = role * membersOfOrdinaryRole
            let names = (first..<(first + membersOfOrdinaryRole)).map { "\"user:employee-\($0)@example.com\"" }
            bindings.append(
                #"{"role":"roles/service\#(role).viewer","members":[\#(names.joined(separator: ","))]}"#
            )
        }
        for number in 0..<activations {
            let seconds = 600 + 61 * Int64(number)
            bindings.append(activation(number, end: now.adding(seconds: number.isMultiple(of: 2) ? -seconds : seconds)))
        }
        let text = #"{"version":3,"etag":"BwX=","bindings":[\#(bindings.joined(separator: ","))],"auditConfigs":[]}"#
        return (text, (activations + 1) / 2)
    }

    private static func activation(_ number: Int, end: Instant) -> String {
        let start = end.adding(seconds: -3_600 - 900 * Int64(number % 5))
        var expression =
            #"(request.time >= timestamp(\"\#(start)\") && request.time < timestamp(\"\#(end)\"))"#
        if number.isMultiple(of: 8) {
            expression = #"(\#(expression)) && (resource.name.startsWith(\"projects/shop/zones/zone-\#(number)/\"))"#
        }
        let description = number.isMultiple(of: 3) ? "Approved by bob@example.com" : "Self-approved"
        return #"{"role":"roles/compute.instanceAdmin.v1","members":["user:user-\#(number)@example.com"],"#
            + #""condition":{"title":"JIT access activation","description":"\#(description), justification: "#
            + #"Working on CASE-\#(number)","expression":"\#(expression)"}}"#
    }
}
