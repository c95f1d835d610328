package import LosslessJSON
internal import Timestamps

extension LocalCloud {
    /// Grants an activation as JIT Access does: puts the bindings into the policy, in place of older ones of the same
    /// role and user, and publishes the message.
    ///
    /// It is granted now whatever its window says. A peer's approval counts the window from the request and may come
    /// after its end, so the binding may be dead when it is written.
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
        for binding in activation.bindings { try write(binding, to: activation.project) }
        return try publish(activation, kind, to: topic)
    }

    /// Grants an activation as above, but takes its time, as calls of Google do.
    ///
    /// JIT Access 1.6 and later writes the policy once for each role. Here these writes are so far apart, and the
    /// message comes so long after the last, that a read as of an instant can show some of the roles only.
    ///
    /// - Parameters:
    ///   - activation: What is granted; the project must be there.
    ///   - kind: Which version's message.
    ///   - topic: The topic's last name.
    ///   - pause: How long each write takes, by this cloud's clock.
    /// - Returns: The message ID.
    /// - Throws: ``GoogleError`` if there is no such topic; `CancellationError` between two writes, which leaves the
    ///   bindings so far without a message.
    package func activate(
        _ activation: LocalActivation,
        _ kind: JITAccessMessageKind,
        topic: String = "jit-access",
        pausing pause: Duration
    ) async throws -> String {
        for binding in activation.bindings {
            try write(binding, to: activation.project)
            try await options.time.sleep(pause)
        }
        return try publish(activation, kind, to: topic)
    }

    private func write(_ binding: JSONText, to project: String) throws {
        try resourceManager.edit(project) { policy in
            LocalPolicy.replacing(binding, in: policy)
        }
    }

    private func publish(_ activation: LocalActivation, _ kind: JITAccessMessageKind, to topic: String) throws -> String
    {
        try pubSub.publish([activation.message(kind)], to: topicName(topic)).first ?? ""
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
