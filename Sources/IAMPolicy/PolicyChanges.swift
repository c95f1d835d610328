internal import LosslessJSON

/// The places in a policy's text that an edit takes out.
struct PolicyChanges {
    private var wholeBindings: Set<Int> = []
    private var members: [(positions: Set<Int>, array: JSONValue)] = []

    /// Notes what goes of one binding; each binding is noted once.
    mutating func add(_ share: MemberShare, of binding: Binding) {
        switch share {
        case .whole: wholeBindings.insert(binding.position)
        case .members(let positions):
            guard let array = binding.membersArray else { return }
            members.append((Set(positions), array))
        }
    }

    /// `{"policy": …}` around the policy's own bytes without what goes; version 3 is what any write that concerns
    /// conditions must have, and all else, the etag included, is as it was read.
    func setIamPolicyBody(for policy: Policy) -> [UInt8] {
        var edit = JSONEdit(policy.document)
        if let array = policy.bindingsArray, !wholeBindings.isEmpty {
            edit.remove(elementsAt: wholeBindings, of: array)
        }
        for (positions, array) in members { edit.remove(elementsAt: positions, of: array) }
        let version = Array("3".utf8)
        if let current = policy.version {
            edit.replace(current, with: version)
        } else {
            edit.insertMember("version", version, into: policy.document.root)
        }
        return Array(#"{"policy":"#.utf8) + edit.bytes() + [UInt8(ascii: "}")]
    }
}
