package import LosslessJSON

extension LocalCloud {
    /// Grants an activation as JIT Access does: puts the bindings into the policy, in the place of older ones of the
    /// same role and user, and publishes the message.
    ///
    /// - Parameters:
    ///   - activation: What is granted; the project must be there.
    ///   - kind: Which version's message.
    ///   - topic: The topic's last name.
    /// - Returns: The message ID.
    /// - Throws: ``GoogleError`` if there is no such topic.
    package func activate(
        _ activation: LocalActivation,
        _ kind: JITAccessMessageKind,
        topic: String = "jit-access"
    ) throws -> String {
        for binding in activation.bindings {
            try resourceManager.edit(activation.project) { policy in
                LocalPolicy.replacing(binding, in: policy)
            }
        }
        return try pubSub.publish([activation.message(kind)], to: topicName(topic)).first ?? ""
    }
}

extension LocalPolicy {
    /// The policy with this binding, and without any activation that has its role and members
    /// (`PURGE_EXISTING_TEMPORARY_BINDINGS` of JIT Access).
    package static func replacing(_ binding: JSONText, in policy: JSONDocument) -> [UInt8] {
        let rules = PolicyText.rules
        guard let bindings = policy.root["bindings"], let elements = bindings.elements,
            let wanted = try? JSONDocument(binding.bytes(), rules: rules).root
        else { return adding(binding, to: policy) }
        let older = elements.indices.filter { position in
            let element = elements[position]
            return element["role"]?.string == wanted["role"]?.string
                && element["members"]?.elements?.compactMap(\.string)
                    == wanted["members"]?.elements?.compactMap(\.string)
                && element["condition"]?["expression"]?.string?.contains("request.time < timestamp(") ?? false
        }
        var edit = JSONEdit(policy)
        edit.remove(elementsAt: Set(older), of: bindings)
        guard let rest = try? JSONDocument(edit.bytes(), rules: rules) else { return policy.bytes }
        return adding(binding, to: rest)
    }
}
