import IAMPolicy
import LosslessJSON
import Testing

private func read(_ text: String) throws(PolicyError) -> Policy { try Policy(Array(text.utf8)) }

@Suite struct PolicyReadingTests {
    static let refused: [(String, PolicyError)] = [
        ("", .json(.malformed(offset: 0))), ("<html>", .json(.malformed(offset: 0))),
        ("{", .json(.malformed(offset: 1))),
        (#"{"etag":"a","etag":"b"}"#, .json(.duplicateName(offset: 12))),
        (#"{"etag":"a","bindings":[],"\u0062indings":[]}"#, .json(.duplicateName(offset: 26))),
        (
            #"{"etag":"a","bindings":[{"role":"r","condition":{"title":"a","title":"b"}}]}"#,
            .json(.duplicateName(offset: 61))
        ),
        (#"{"etag":"a"} {}"#, .json(.malformed(offset: 13))), ("\u{FEFF}{}", .json(.notUTF8)), ("[]", .notAnObject),
        ("null", .notAnObject), ("\"etag\"", .notAnObject), ("{}", .noETag), (#"{"version":3,"bindings":[]}"#, .noETag),
        (#"{"etag":""}"#, .noETag), (#"{"etag":null}"#, .noETag), (#"{"etag":1}"#, .noETag),
        (#"{"etag":["a"]}"#, .noETag),
        (#"{"Etag":"a"}"#, .noETag), (#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#, .noETag),
        (#"{"etag":"a","version":4}"#, .unknownVersion), (#"{"etag":"a","version":2}"#, .unknownVersion),
        (#"{"etag":"a","version":-1}"#, .unknownVersion), (#"{"etag":"a","version":"3"}"#, .unknownVersion),
        (#"{"etag":"a","version":3.0}"#, .unknownVersion), (#"{"etag":"a","version":3e0}"#, .unknownVersion),
        (#"{"etag":"a","version":null}"#, .unknownVersion),
        (#"{"etag":"a","version":99999999999999999999}"#, .unknownVersion),
        (#"{"etag":"a","bindings":{}}"#, .bindingsNotAnArray), (#"{"etag":"a","bindings":null}"#, .bindingsNotAnArray),
        (#"{"etag":"a","bindings":"x"}"#, .bindingsNotAnArray),
        (#"{"etag":"a","bindings":[1]}"#, .malformedBinding(position: 0)),
        (#"{"etag":"a","bindings":[{"role":"r"},null]}"#, .malformedBinding(position: 1)),
        (#"{"etag":"a","bindings":[{"members":[]}]}"#, .malformedBinding(position: 0)),
        (#"{"etag":"a","bindings":[{"role":""}]}"#, .malformedBinding(position: 0)),
        (#"{"etag":"a","bindings":[{"role":7}]}"#, .malformedBinding(position: 0)),
        (
            #"{"etag":"a","bindings":[{"role":"r"},{"role":"roles/x_withcond_2b17cc25d2cd9e2c54d8"}]}"#,
            .conditionsLost(position: 1)
        ),
        (#"{"etag":"a","bindings":[{"role":"roles/x\u005fwithcond\u005f2b17"}]}"#, .conditionsLost(position: 0)),
    ]

    @Test(arguments: refused)
    func `a policy that cannot be kept or judged is refused`(_ text: String, error: PolicyError) {
        #expect(throws: error) { try read(text) }
        #expect(!error.description.isEmpty)
        // In words, not as a Swift case.
        #expect(!"\(error)".contains("offset:"))
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        #expect(throws: PolicyError.json(.notUTF8)) {
            try Policy(Array(#"{"etag":"a"#.utf8) + [0xFF] + Array(#""}"#.utf8))
        }
    }

    @Test func `the deepest policy is read, and one level more is refused`() throws {
        func nested(_ depth: Int) -> String {
            "{\"etag\":\"a\",\"x\":\(String(repeating: "[", count: depth - 1))\(String(repeating: "]", count: depth - 1))}"
        }
        #expect(try read(nested(Policy.rules.maximumDepth)).etag == "a")
        #expect(throws: PolicyError.json(.tooDeep(offset: 79))) { try read(nested(Policy.rules.maximumDepth + 1)) }
    }

    @Test func `the largest policy is read, and one byte more is refused`() throws {
        let text = #"{"etag":"a"}"#
        let padding = String(repeating: " ", count: Policy.rules.maximumBytes - text.utf8.count)
        #expect(try read(text + padding).etag == "a")
        #expect(throws: PolicyError.json(.tooLarge(bytes: Policy.rules.maximumBytes + 1))) {
            try read(text + padding + " ")
        }
    }

    @Test(arguments: ["", #""version":0,"#, #""version":1,"#, #""version":3,"#])
    func `a policy without bindings is fine, and nothing is written`(_ version: String) throws {
        for bindings in ["", #","bindings":[]"#, #","auditConfigs":[{"service":"x"}]"#] {
            let policy = try read("{\(version)\"etag\":\"ACAB\"\(bindings)}")
            #expect(policy.bindings.isEmpty)
            let edit = policy.edit(now: Sample.now, graceSeconds: 60)
            #expect(edit.setIamPolicyBody() == nil)
            #expect(edit.expired.isEmpty)
            #expect(edit.kept.isEmpty)
        }
    }

    @Test func `a binding's parts are read`() throws {
        let policy = try Sample.policy([
            Sample.binding("roles/a", ["user:a@b", "group:c@d"], title: "t", description: "d\n\"", if: "e"),
            #"{"condition":{"expression":"x","location":{}},"role":"roles/b"}"#,
        ])
        #expect(policy.etag == "BwWWja0YfJA=")
        #expect(policy.bindings.map(\.role) == ["roles/a", "roles/b"])
        #expect(policy.bindings.map { $0.members?.map(\.text) } == [["user:a@b", "group:c@d"], []])
        #expect(policy.bindings.map(\.title) == ["t", nil])
        #expect(policy.bindings.map(\.description) == ["d\n\"", nil])
        #expect(policy.bindings.map(\.expression) == ["e", "x"])
    }
}
