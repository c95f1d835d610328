internal import LocalCloud
internal import LosslessJSON

/// A policy's parts as text, for the demo's verdict.
struct PolicyTexts {
    let bindings: [(key: BindingKey, text: [UInt8])]
    let auditConfigs: [UInt8]

    init(_ policy: [UInt8]) {
        let root = BindingKey.root(policy)
        bindings = (root?["bindings"]?.elements ?? []).map { (BindingKey($0), Array($0.rawBytes)) }
        auditConfigs = Array(root?["auditConfigs"]?.rawBytes ?? [])
    }
}

/// What makes a binding the one it is: role, members, title and expression.
struct BindingKey: Hashable {
    private let parts: [String]

    init(_ binding: JSONText) {
        self.init(Self.root(binding.bytes()))
    }

    init(_ binding: JSONValue?) {
        let condition = binding?["condition"]
        let members = (binding?["members"]?.elements ?? []).compactMap(\.string)
        parts = [binding?["role"], condition?["title"], condition?["expression"]].map { $0?.string ?? "" } + members
    }

    static func root(_ text: [UInt8]) -> JSONValue? {
        try? JSONDocument(text, rules: JSONRules(maximumDepth: 32, maximumBytes: 1 << 20)).root
    }
}
