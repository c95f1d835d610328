package import LosslessJSON
internal import Synchronization
internal import Timestamps

extension LocalResourceManager {
    /// `POST /v3/projects/{project}:getIamPolicy`.
    func getIamPolicy(_ project: String, body: [UInt8]) async -> LocalReply {
        let (call, hook) = state.withLock { ($0.count("get", project), $0.beforeRead) }
        await hook?(call)
        do {
            let version = try requestedVersion(body)
            let policy = try state.withLock { state throws in try state.read(project) }
            let text = version == 3 ? policy.bytes : try policy.withoutConditions()
            return LocalReply(json: text)
        } catch let error as GoogleError {
            return error.reply
        } catch {
            return GoogleError.internalError.reply
        }
    }

    /// `POST /v3/projects/{project}:setIamPolicy`.
    func setIamPolicy(_ project: String, body: [UInt8], reason: String?) async -> LocalReply {
        let (call, hook) = state.withLock { ($0.count("set", project), $0.beforeWrite) }
        await hook?(call)
        do {
            let request = try WriteRequest(body)
            let now = time.now()
            let text = try state.withLock { state throws in
                try state.write(request, to: project, reason: reason) { before, after in
                    PolicyChange(
                        project: project,
                        author: .caller,
                        time: now,
                        sent: request.policy.bytes,
                        sentETag: request.etag,
                        before: before.bytes,
                        after: after.bytes,
                        etagBefore: before.etag,
                        etagAfter: after.etag,
                        reason: reason
                    )
                }
            }
            return LocalReply(json: text)
        } catch let error as GoogleError {
            return error.reply
        } catch {
            return GoogleError.internalError.reply
        }
    }

    /// Changes a policy as another writer would, immediately and with a new etag; does nothing if there is no such
    /// project.
    ///
    /// JIT Access counts as another writer, too; the caller's limits do not apply to it.
    ///
    /// - Parameters:
    ///   - project: The project ID.
    ///   - change: Turns the policy into the new one; must not call this object.
    /// - Throws: ``JSONError`` if the new one is not JSON.
    package func edit(_ project: String, _ change: (JSONDocument) -> [UInt8]) throws {
        let now = time.now()
        try state.withLock { state in
            guard let before = state.policies[project] else { return }
            let sent = change(before.document)
            let after = try PolicyText(JSONDocument(sent, rules: PolicyText.rules), etag: state.nextETag())
            let write = PolicyChange(
                project: project,
                author: .competitor,
                time: now,
                sent: sent,
                sentETag: before.etag,
                before: before.bytes,
                after: after.bytes,
                etagBefore: before.etag,
                etagAfter: after.etag,
                reason: nil
            )
            state.record(write, after)
        }
    }

    /// The policy version that a read asks for: 1 or 3.
    private func requestedVersion(_ body: [UInt8]) throws(GoogleError) -> Int64 {
        guard !body.isEmpty else { return 1 }
        guard let document = try? JSONDocument(body, rules: PolicyText.rules) else { throw WriteRequest.notJSON }
        switch document.root["options"]?["requestedPolicyVersion"]?.integer ?? 0 {
        case 0, 1: return 1
        case 3: return 3
        case let other:
            throw .invalidArgument("Invalid requested policy version (\(other)). Valid versions are 0, 1 and 3.")
        }
    }
}

/// The body of a `setIamPolicy`.
struct WriteRequest {
    static let notJSON = GoogleError.invalidArgument("Invalid JSON payload received. Unexpected token.")

    let policy: JSONDocument
    /// nil for a blind overwrite.
    let etag: String?
    let writesAuditConfigs: Bool

    init(_ body: [UInt8]) throws(GoogleError) {
        guard let document = try? JSONDocument(body, rules: PolicyText.rules) else { throw Self.notJSON }
        guard let policy = document.root["policy"], policy.kind == .object,
            let own = try? JSONDocument(Array(policy.rawBytes), rules: PolicyText.rules)
        else { throw .invalidArgument("Invalid value at 'policy'.") }
        self.policy = own
        let etag = policy["etag"]?.string ?? ""
        self.etag = etag.isEmpty ? nil : etag
        let mask = document.root["updateMask"]?.string ?? ""
        writesAuditConfigs = mask.split(separator: ",").contains { $0 == "auditConfigs" || $0 == "*" }
    }
}

extension LocalResourceManager.State {
    fileprivate mutating func read(_ project: String) throws -> PolicyText {
        let policy = try policy(project, for: .getIamPolicy)
        guard let instant = takeLag(project) else { return policy }
        return try past(of: project, policy, asOf: instant)
    }

    /// Compare-and-set: the policy is replaced if it is still the one that the etag names.
    ///
    /// Whether the caller may write comes first, so a caller without permission learns nothing of the policy.
    fileprivate mutating func write(
        _ request: WriteRequest,
        to project: String,
        reason: String?,
        _ record: (_ before: PolicyText, _ after: PolicyText) -> PolicyChange
    ) throws -> [UInt8] {
        let before = try policy(project, for: .setIamPolicy)
        if let modifiable = modifiableRoles[project] {
            let changed = PolicyGrants(before.document.root).roles(changedBy: PolicyGrants(request.policy.root))
            guard changed.isSubset(of: modifiable) else { throw GoogleError.callerDoesNotHavePermission }
        }
        try PolicyRules.check(
            request.policy.root,
            against: before,
            isBlind: request.etag == nil,
            missing: missingPrincipals
        )
        if let etag = request.etag {
            guard etag == before.etag else {
                conflicts += 1
                throw GoogleError.concurrentChanges
            }
        } else {
            blindOverwrites += 1
        }
        let audits = request.writesAuditConfigs ? nil : before.auditConfigs
        let after = try PolicyText(request.policy, etag: nextETag(), auditConfigs: audits)
        self.record(record(before, after), after)
        return after.bytes
    }
}
