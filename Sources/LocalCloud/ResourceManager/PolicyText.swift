internal import LosslessJSON

/// A project's policy as text, with the version and etag that belong to it.
struct PolicyText: Sendable {
    /// The bounds of a policy's text; the real limit is "a few tens of kB".
    static let rules = JSONRules(maximumDepth: 64, maximumBytes: 4 << 20)
    /// The etag that the real service gives a policy in which there is nothing.
    static let emptyETag = "ACAB"

    let document: JSONDocument
    let etag: String

    /// A policy without anything in it.
    static func empty() throws(JSONError) -> PolicyText {
        PolicyText(
            document: try JSONDocument(Array(#"{"version":1,"etag":"\#(emptyETag)"}"#.utf8), rules: rules),
            etag: emptyETag
        )
    }

    /// Puts the right version and etag into a policy and keeps all its other bytes.
    ///
    /// - Parameters:
    ///   - policy: The policy as it was sent.
    ///   - etag: The new etag, for a policy that has something in it.
    ///   - auditConfigs: What `auditConfigs` becomes; nil to take it as it was sent.
    /// - Throws: ``JSONError``, if the result is not JSON.
    init(_ policy: JSONDocument, etag: String, auditConfigs: [UInt8]? = nil) throws(JSONError) {
        let audits = auditConfigs ?? policy.root["auditConfigs"].map { Array($0.rawBytes) }
        let isEmpty = (policy.root["bindings"]?.elements ?? []).isEmpty && (audits == nil || audits == Array("[]".utf8))
        guard !isEmpty else {
            self = try .empty()
            return
        }
        let version = PolicyText.hasConditions(policy.root) ? "3" : "1"
        var edit = JSONEdit(policy)
        var missing: [(name: String, value: [UInt8])] = []
        let wanted = [
            ("version", Array(version.utf8)), ("etag", JSONEscapes.quoted(etag)), ("auditConfigs", audits ?? []),
        ]
        for (name, value) in wanted where !value.isEmpty {
            if let member = policy.root[name] {
                edit.replace(member, with: value)
            } else if value != Array("[]".utf8) {
                missing.append((name, value))
            }
        }
        for (name, value) in missing { edit.insertMember(name, value, into: policy.root) }
        self.document = try JSONDocument(edit.bytes(), rules: Self.rules)
        self.etag = etag
    }

    /// A policy that was stored before, with the version and etag that it had.
    init(stored bytes: [UInt8], etag: String) throws(JSONError) {
        self.init(document: try JSONDocument(bytes, rules: Self.rules), etag: etag)
    }

    private init(document: JSONDocument, etag: String) {
        self.document = document
        self.etag = etag
    }

    var bytes: [UInt8] { document.bytes }

    /// `auditConfigs` as it stands, `[]` if there is none.
    var auditConfigs: [UInt8] {
        document.root["auditConfigs"].map { Array($0.rawBytes) } ?? Array("[]".utf8)
    }

    /// Whether any binding has a condition.
    var hasConditions: Bool { Self.hasConditions(document.root) }

    static func hasConditions(_ policy: JSONValue) -> Bool {
        (policy["bindings"]?.elements ?? []).contains { $0["condition"].map { !$0.isNull } ?? false }
    }

    /// The policy as a caller sees it that has not asked for version 3: conditional bindings without their conditions,
    /// under a role that no one can grant (https://cloud.google.com/iam/docs/policies#versions).
    func withoutConditions() throws(SigningError) -> [UInt8] {
        guard hasConditions else { return bytes }
        var edit = JSONEdit(document)
        if let version = document.root["version"] { edit.replace(version, with: [UInt8(ascii: "1")]) }
        for binding in document.root["bindings"]?.elements ?? [] {
            guard let condition = binding["condition"], !condition.isNull, let role = binding["role"]?.string else {
                continue
            }
            let hash = try Digest.hexadecimal(Array(condition.rawBytes), "SHA1").prefix(20)
            let members: [(name: String, value: JSONText)] = (binding.members ?? []).compactMap { member in
                guard let name = member.name.string, name != "condition" else { return nil }
                let value =
                    name == "role" ? JSONText.string("\(role)_withcond_\(hash)") : .raw(Array(member.value.rawBytes))
                return (name, value)
            }
            edit.replace(binding, with: JSONText.object(members).bytes())
        }
        return edit.bytes()
    }
}
