import LocalCloud
import LosslessJSON
import Timestamps

/// Whether a simulation kept every promise, judged by what the cloud has seen.
struct Verdict {
    let plan: Plan
    let cloud: LocalCloud
    let subscription: PushSubscription
    let editors: Editors
    let ledger: Ledger

    /// What may not happen.
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    /// Looks at everything.
    ///
    /// - Throws: ``Violation``: the first promise that was broken.
    func check() throws {
        // What was seen to go wrong comes before what followed from it.
        try checkLedger()
        if cloud.resourceManager.blindOverwrites > 0 { ledger.violate("a policy was written without an etag") }
        for project in plan.projects {
            let history = cloud.resourceManager.history(project)
            for change in history where change.author == .caller { check(change) }
            checkLine(of: history, project)
            checkEnd(of: project)
        }
        checkMessages()
        try checkLedger()
    }

    private func checkLedger() throws {
        if let violation = ledger.violation { throw Violation(description: violation) }
    }

    /// Each change follows from the one before, and none is missing from what is judged here.
    private func checkLine(of history: [PolicyChange], _ project: String) {
        var etag = editors.firstETag(of: project)
        for change in history {
            if change.etagBefore != etag { ledger.violate("\(project): a change is not in the history") }
            etag = change.etagAfter
        }
        if etag != cloud.resourceManager.etag(project) { ledger.violate("\(project): the history has no end") }
    }

    /// A write takes expired activations away, at least one, and changes nothing else.
    private func check(_ change: PolicyChange) {
        guard let before = try? JSONDocument(change.before, rules: Ledger.rules).root,
            let sent = try? JSONDocument(change.sent, rules: Ledger.rules).root
        else { return ledger.violate("\(change.project): a write that is not JSON") }
        ledger.count("write")
        var kept = sent.bindingTexts[...]
        let gone = before.bindingTexts.filter { binding in
            guard kept.first == binding else { return true }
            kept.removeFirst()
            return false
        }
        if !kept.isEmpty { ledger.violate("\(change.project): a write added or moved bindings: \(kept)") }
        if gone.isEmpty { ledger.violate("\(change.project): a write changed nothing") }
        if rest(of: before) != rest(of: sent) {
            ledger.violate("\(change.project): a write changed more than bindings")
        }
        if sent["version"]?.integer != 3 { ledger.violate("\(change.project): a write of another version than 3") }
        for binding in gone {
            ledger.count("removal")
            guard let end = ledger.end(of: binding) else {
                ledger.violate("\(change.project): a foreign binding was removed: \(binding)")
                continue
            }
            if end.adding(seconds: plan.scale.graceSeconds) > change.time {
                ledger.violate("\(change.project): a live binding was removed at \(change.time): \(binding)")
            }
        }
    }

    /// All of a policy but its bindings and what Resource Manager makes anew.
    private func rest(of policy: JSONValue) -> [String: String] {
        var rest: [String: String] = [:]
        for (name, value) in policy.members ?? [] {
            let name = name.string ?? ""
            guard !["bindings", "version", "etag"].contains(name) else { continue }
            rest[name] = String(decoding: value.rawBytes, as: UTF8.self)
        }
        return rest
    }

    /// In the end there is what the editors have made, and nothing of JIT Access.
    private func checkEnd(of project: String) {
        let bindings = cloud.resourceManager.bindings(project)
        let foreign = bindings.filter { ledger.end(of: $0) == nil }
        let wanted = editors.bindings(project)
        for lost in wanted.subtracting(foreign) {
            ledger.violate("\(project): an editor's binding is missing: \(lost)")
        }
        for back in Set(foreign).subtracting(wanted) {
            ledger.violate("\(project): what an editor removed is back: \(back)")
        }
        if foreign.count != wanted.count { ledger.violate("\(project): an editor's binding is there twice") }
        for binding in bindings where ledger.end(of: binding) != nil {
            ledger.violate("\(project): an expired binding is left: \(binding)")
        }
    }

    private func checkMessages() {
        let open = subscription.unacknowledged
        if !open.isEmpty { ledger.violate("messages that are not acknowledged in the end: \(open)") }
        let never = ledger.unacknowledged
        if !never.isEmpty { ledger.violate("messages that were never acknowledged: \(never)") }
        let quarantined = cloud.pubSub.published(cloud.topicName(Director.quarantine)).map(\.content.data)
        if Set(quarantined) != ledger.poison {
            ledger.violate("quarantined: \(Set(quarantined).count) messages, poison: \(ledger.poison.count)")
        }
    }
}
