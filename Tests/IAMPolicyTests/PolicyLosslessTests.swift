import IAMPolicy
import LosslessJSON
import TestSupport
import Testing
import Timestamps

/// Random policies with everything in them that a reader could lose.
@Suite struct PolicyLosslessTests {
    static let seeds: [UInt64] = Array(1...200)

    /// A random policy's text in parts, so that the text without some of the bindings can be told independently.
    private struct Generated {
        struct Binding {
            var text: String
            var role: String
            var goes: Bool
        }

        var head = ""
        var bindings: [Binding] = []
        var tail = ""
        var versionBefore = ""
        var versionAfter = ""

        /// The text as it is read.
        ///
        /// White space between bindings belongs to the binding behind it.
        var text: String { head + versionBefore + array(bindings) + tail }

        /// The text as it should be written, without the expired bindings of these roles; nil if none of them is.
        func written(roles: Set<String>) -> String? {
            let kept = bindings.filter { !($0.goes && roles.contains($0.role)) }
            guard kept.count < bindings.count else { return nil }
            return head + versionAfter + array(kept) + tail
        }

        private func array(_ bindings: [Binding]) -> String {
            "\"bindings\":[\(bindings.map(\.text).joined(separator: ","))]"
        }
    }

    /// The roles of random policies, and how they may be spelled.
    private static let roles = [("roles/a", "roles/a"), ("roles/b/c", "roles/b\\u002fc"), ("roles/d", "roles/d")]

    private static func oddValue(_ random: inout SplitMix64, depth: Int = 3) -> String {
        let scalars = [
            "18446744073709551616", "-9223372036854775809", "1e400", "0.1000", "-0", "1E+2", "null", "true", "\"\"",
            #""\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\""#, #""\u0000""#, "\"\u{1F600} \u{E9} e\u{301} \u{7F}\"",
            #""JIT access activation""#, "[]", "{}", "[ ]",
        ]
        guard depth > 0, random.oneIn(3) else { return random.pick(scalars) }
        let values = (0..<Int.random(in: 1...3, using: &random)).map { _ in oddValue(&random, depth: depth - 1) }
        if random.oneIn(2) { return "[ " + values.joined(separator: " ,\n") + "]" }
        return "{" + values.enumerated().map { "\"k\($0.offset)\\u002e\" :\($0.element)" }.joined(separator: ",\t")
            + "}"
    }

    private static func unknownFields(_ random: inout SplitMix64, _ prefix: String) -> [String] {
        (0..<Int.random(in: 0...2, using: &random)).map { "\"\(prefix)\($0)\": \(oddValue(&random))" }
    }

    private static func binding(_ random: inout SplitMix64, goes: Bool) -> Generated.Binding {
        let members = [
            "user:Alice@Example.com", "deleted:user:b@c.d?uid=1", "allUsers", "principalSet://x/*", "user:\\u0061@b",
        ]
        let some = (0..<Int.random(in: goes ? 0...3 : 0...5, using: &random)).map { _ in "\"\(random.pick(members))\"" }
        let (role, spelling) = random.pick(roles)
        var fields = unknownFields(&random, "new") + ["\"role\":\"\(spelling)\""]
        if !some.isEmpty || random.oneIn(2) {
            fields.append("\"members\" : [" + some.joined(separator: random.oneIn(2) ? "," : " , ") + "]")
        }
        let live = [Sample.live, Sample.scheduled, "true", "resource.name == \"x\"", "", "has({}.jitAccessConstraint)"]
        if goes || !random.oneIn(4) {
            let title = goes || random.oneIn(2) ? "JIT access activation" : "other"
            var condition = unknownFields(&random, "location") + ["\"title\":\"\(title)\""]
            let expression = goes || title == "other" ? Sample.expired : random.pick(live)
            condition.append("\"expression\": \(Sample.quoted(expression))")
            if random.oneIn(2) { condition.append("\"description\":\(Sample.quoted("\u{1F600}\n\"\\"))") }
            fields.append("\"condition\":{" + condition.shuffled(using: &random).joined(separator: ",") + "}")
        }
        let text = "{" + fields.shuffled(using: &random).joined(separator: " ,\n ") + "}"
        return Generated.Binding(text: text, role: role, goes: goes)
    }

    private static func policy(_ random: inout SplitMix64) -> Generated {
        var result = Generated()
        result.head = "{" + unknownFields(&random, "first").map { $0 + "," }.joined() + "\"etag\":\"Bw\\u003dabc=\","
        switch Int.random(in: 0..<3, using: &random) {
        case 0: (result.versionBefore, result.versionAfter) = ("\"version\": 3,", "\"version\": 3,")
        default: (result.versionBefore, result.versionAfter) = ("\"version\":1 ,", "\"version\":3 ,")
        }
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let binding = binding(&random, goes: random.oneIn(3))
            result.bindings.append(binding)
            // Duplicates are legal and must survive, or go, one by one.
            if random.oneIn(4) { result.bindings.append(binding) }
        }
        let audit =
            #","auditConfigs":[{"service":"allServices","auditLogConfigs":[{"logType":"DATA_READ","exemptedMembers":["user:X@y"]}]}]"#
        result.tail = (random.oneIn(2) ? audit : "") + unknownFields(&random, "last").map { ", " + $0 }.joined() + "}\n"
        return result
    }

    @Test(arguments: seeds)
    func `what is written is what was read, less the expired bindings of the roles`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<5 {
            let generated = Self.policy(&random)
            let edit = try Policy(Array(generated.text.utf8)).edit(now: Sample.now, graceSeconds: 60)
            #expect(
                edit.expired.map(\.role) == generated.bindings.filter { $0.goes }.map(\.role),
                "seed \(seed)"
            )
            let all = Set(Self.roles.map(\.0))
            let some = Set(Self.roles.map(\.0).filter { _ in random.oneIn(2) })
            // Bytes are compared: strings are equal as well where only their canonical forms are.
            for (written, roles) in [
                (edit.writtenPolicy(), all), (edit.writtenPolicy(roles: all), all),
                (edit.writtenPolicy(roles: some), some),
            ] {
                let expected = generated.written(roles: roles)
                #expect(written.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "seed \(seed)")
            }
        }
    }

    @Test func `white space around what goes goes with it, and the rest stays valid JSON`() throws {
        let text =
            "\n{ \"bindings\" : [\n  \(Sample.binding()) ,\n  \(Sample.binding(if: Sample.live))\n ,\n\(Sample.binding()) ]\n,\"etag\":\"a\"}\n"
        let edit = try Policy(Array(text.utf8)).edit(now: Sample.now, graceSeconds: 60)
        #expect(
            edit.writtenPolicy()
                == "\n{\"version\":3, \"bindings\" : [\n  \(Sample.binding(if: Sample.live)) ]\n,\"etag\":\"a\"}\n"
        )
        let body = try #require(edit.setIamPolicyBody())
        let document = try JSONDocument(body, rules: Policy.rules)
        #expect(document.root["policy"]?["bindings"]?.elements?.count == 1)
    }

    @Test func `the time for a large policy grows with its size only`() throws {
        // 15,000 members in 1.5 MB, ten times what IAM allows: quadratic work would take minutes.
        let many = (0..<3000).map { Sample.binding("roles/r\($0)", (0..<5).map { "user:u\($0)@example.com" }) }
        let start = ContinuousClock.now
        let text = Sample.policyText(many)
        let policy = try Policy(Array(text.utf8))
        let edit = policy.edit(now: Sample.now, graceSeconds: 60)
        #expect(edit.expired.count == 3000)
        #expect(edit.writtenPolicy() == Sample.policyText([]))
        let half = Set((0..<1500).map { "roles/r\(2 * $0)" })
        #expect(edit.setIamPolicyBody(roles: half).map { $0.count < text.utf8.count * 2 / 3 } == true)
        #expect(ContinuousClock.now - start < .seconds(30))
    }
}
