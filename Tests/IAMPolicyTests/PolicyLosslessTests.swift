import IAMPolicy
import LosslessJSON
import Testing
import Timestamps

/// Random policies with everything in them that a reader could lose.
@Suite struct PolicyLosslessTests {
    static let seeds: [UInt64] = Array(1...200)

    /// A random policy's text in parts, so that the text without some of the bindings can be told independently.
    private struct Generated {
        var head = ""
        var bindings: [(text: String, goes: Bool)] = []
        var tail = ""
        var versionBefore = ""
        var versionAfter = ""

        /// The text as it is read, or as it should be written; white space between bindings aside, which belongs to
        /// the binding behind it.
        func text(written: Bool) -> String {
            let kept = bindings.filter { !written || !$0.goes }.map(\.text).joined(separator: ",")
            return head + (written ? versionAfter : versionBefore) + "\"bindings\":[\(kept)]" + tail
        }
    }

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

    private static func binding(_ random: inout SplitMix64, goes: Bool) -> String {
        let members = [
            "user:Alice@Example.com", "deleted:user:b@c.d?uid=1", "allUsers", "principalSet://x/*", "user:\\u0061@b",
        ]
        let some = (0..<Int.random(in: goes ? 0...3 : 0...5, using: &random)).map { _ in "\"\(random.pick(members))\"" }
        var fields = unknownFields(&random, "new") + ["\"role\":\"roles/\(random.pick(["a", "b\\u002fc", "d"]))\""]
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
        return "{" + fields.shuffled(using: &random).joined(separator: " ,\n ") + "}"
    }

    private static func policy(_ random: inout SplitMix64) -> Generated {
        var result = Generated()
        result.head = "{" + unknownFields(&random, "first").map { $0 + "," }.joined() + "\"etag\":\"Bw\\u003dabc=\","
        switch Int.random(in: 0..<3, using: &random) {
        case 0: (result.versionBefore, result.versionAfter) = ("\"version\": 3,", "\"version\": 3,")
        default: (result.versionBefore, result.versionAfter) = ("\"version\":1 ,", "\"version\":3 ,")
        }
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let goes = random.oneIn(3)
            let text = binding(&random, goes: goes)
            result.bindings.append((text, goes))
            // Duplicates are legal and must survive, or go, one by one.
            if random.oneIn(4) { result.bindings.append((text, goes)) }
        }
        let audit =
            #","auditConfigs":[{"service":"allServices","auditLogConfigs":[{"logType":"DATA_READ","exemptedMembers":["user:X@y"]}]}]"#
        result.tail = (random.oneIn(2) ? audit : "") + unknownFields(&random, "last").map { ", " + $0 }.joined() + "}\n"
        return result
    }

    @Test(arguments: seeds)
    func `what is written is what was read, less what goes`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<5 {
            let generated = Self.policy(&random)
            let text = generated.text(written: false)
            let edit = try Policy(Array(text.utf8)).edit([.allExpired], now: Sample.now, graceSeconds: 60)
            let goes = generated.bindings.contains { $0.goes }
            #expect(edit.removed.count == generated.bindings.count { $0.goes }, "seed \(seed)")
            guard goes else {
                #expect(edit.setIamPolicyBody == nil, "seed \(seed)")
                continue
            }
            let written = edit.writtenPolicy.map { Array($0.utf8) }
            #expect(written == Array(generated.text(written: true).utf8), "seed \(seed)")
        }
    }

    @Test(arguments: seeds)
    func `members that stay keep their bytes and their order`(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let spellings = ["user:Alice@example.com", "deleted:user:alice@example.com?uid=7", "user:alice@example.com"]
        let strangers = [
            "user:\\u0061x@b", "group:G@X", "user:alice@example.org", "deleted:user:bob@b?uid=1",
            "serviceAccount:alice@example.com",
        ]
        let members = (0..<Int.random(in: 1...9, using: &random)).map { _ in
            random.oneIn(3) ? random.pick(spellings) : random.pick(strangers)
        }
        let kept = members.filter { !spellings.contains($0) }
        func binding(_ members: [String]) -> String {
            let list = members.map { "\"\($0)\"" }.joined(separator: ",")
            return Sample.binding().replacing(#""user:alice@example.com""#, with: list)
        }
        let edit = try Sample.policy([binding(members)]).edit([Sample.activation()], now: Sample.now, graceSeconds: 60)
        guard kept.count < members.count else {
            #expect(edit.setIamPolicyBody == nil)
            return
        }
        #expect(edit.writtenPolicy == Sample.policyText(kept.isEmpty ? [] : [binding(kept)]), "seed \(seed)")
        #expect(edit.removed.map(\.isWholeBinding) == [kept.isEmpty])
    }

    @Test func `white space around what goes goes with it, and the rest stays valid JSON`() throws {
        let text =
            "\n{ \"bindings\" : [\n  \(Sample.binding()) ,\n  \(Sample.binding(if: Sample.live))\n ,\n\(Sample.binding()) ]\n,\"etag\":\"a\"}\n"
        let edit = try Policy(Array(text.utf8)).edit([.allExpired], now: Sample.now, graceSeconds: 60)
        #expect(
            edit.writtenPolicy
                == "\n{\"version\":3, \"bindings\" : [\n  \(Sample.binding(if: Sample.live)) ]\n,\"etag\":\"a\"}\n"
        )
        let body = try #require(edit.setIamPolicyBody)
        let document = try JSONDocument(body, rules: Policy.rules)
        #expect(document.root["policy"]?["bindings"]?.elements?.count == 1)
    }

    @Test func `the time for a large policy grows with its size only`() throws {
        // 15,000 members in 1.5 MB, ten times what IAM allows: quadratic work would take minutes.
        let many = (0..<3000).map { Sample.binding("roles/r\($0)", (0..<5).map { "user:u\($0)@example.com" }) }
        let start = ContinuousClock.now
        let policy = try Sample.policy(many)
        let removals = (0..<80).map { Sample.activation("u\($0 % 5)@example.com", roles: ["roles/r\($0)"]) }
        #expect(policy.edit(removals, now: Sample.now, graceSeconds: 60).removed.count == 80)
        #expect(policy.edit([.allExpired], now: Sample.now, graceSeconds: 60).removed.count == 3000)
        #expect(ContinuousClock.now - start < .seconds(30))
    }
}
