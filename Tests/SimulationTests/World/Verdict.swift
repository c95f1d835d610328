import Cleanup
import LocalCloud
import LosslessJSON
import TestSupport
import Timestamps

/// Whether a simulation kept every promise, judged by what the cloud has seen.
struct Verdict {
    let plan: Plan
    let cloud: LocalCloud
    let subscription: PushSubscription
    let editors: Editors
    let ledger: Ledger
    let reports: Reports

    /// What may not happen.
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    private var judge: Acknowledgements { Acknowledgements(plan: plan, cloud: cloud, ledger: ledger) }

    /// Looks at everything.
    ///
    /// - Throws: ``Violation``: the first promise that was broken.
    func check() throws {
        // What was seen to go wrong comes before what followed from it.
        try checkLedger()
        if cloud.resourceManager.blindOverwrites > 0 { ledger.violate("a policy was written without an etag") }
        var writes: [String: Set<String>] = [:]
        for project in plan.projects {
            let history = cloud.resourceManager.history(project)
            for change in history where change.author == .caller { writes[change.etagAfter] = check(change) }
            checkLine(of: history, project)
            checkEnd(of: project)
        }
        reports.check(against: writes)
        checkMessages()
        checkQuarantine()
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
    ///
    /// - Returns: What it has removed.
    private func check(_ change: PolicyChange) -> Set<String> {
        guard let before = try? json(change.before).root,
            let sent = try? json(change.sent).root
        else {
            ledger.violate("\(change.project): a write that is not JSON")
            return []
        }
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
        for binding in gone { check(binding, removedBy: change) }
        return Set(gone)
    }

    private func check(_ text: String, removedBy change: PolicyChange) {
        ledger.count("removal")
        guard let binding = ledger.binding(text) else {
            return ledger.violate("\(change.project): a foreign binding was removed: \(text)")
        }
        if binding.end.adding(seconds: plan.scale.graceSeconds) > change.time {
            ledger.violate("\(change.project): a live binding was removed at \(change.time): \(text)")
        }
        if ledger.refusals.refused(binding.role, of: change.project, at: change.time) {
            ledger.violate("\(change.project): what Google refuses was done at \(change.time): \(text)")
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

    /// In the end there is what the editors have made, and nothing of JIT Access but what Google refuses to change.
    private func checkEnd(of project: String) {
        let bindings = cloud.resourceManager.bindings(project)
        let foreign = bindings.filter { ledger.binding($0) == nil }
        let wanted = editors.bindings(project)
        for lost in wanted.subtracting(foreign) {
            ledger.violate("\(project): an editor's binding is missing: \(lost)")
        }
        for back in Set(foreign).subtracting(wanted) {
            ledger.violate("\(project): what an editor removed is back: \(back)")
        }
        if foreign.count != wanted.count { ledger.violate("\(project): an editor's binding is there twice") }
        for binding in bindings where !judge.mayStay(binding, in: project) {
            ledger.violate("\(project): an expired binding is left: \(binding)")
        }
    }

    private func checkMessages() {
        let open = subscription.unacknowledged.filter { !judge.mayStayOpen($0) }
        if !open.isEmpty { ledger.violate("messages that are not acknowledged in the end: \(open)") }
        let never = ledger.unacknowledged.filter { !judge.mayStayOpen($0) }
        if !never.isEmpty { ledger.violate("messages that were never acknowledged: \(never)") }
    }

    /// In quarantine is all that can never be acted on, and what was refused for so long that it may be given up.
    private func checkQuarantine() {
        let quarantined = judge.quarantined
        let missing = ledger.poison.subtracting(quarantined.map(\.content.data))
        if !missing.isEmpty { ledger.violate("not in quarantine: \(missing.count) messages") }
        for message in quarantined where !ledger.poison.contains(message.content.data) {
            let id = message.content.attributes[Quarantine.messageIDAttribute] ?? ""
            // The publish may have come late.
            let begin = message.publishTime.adding(seconds: -plan.quarantineSeconds)
            guard let granted = ledger.message(id), judge.mayBeGivenUp(granted, from: begin, to: message.publishTime)
            else {
                ledger.violate("message \(id) was given up at \(message.publishTime)")
                continue
            }
            ledger.count("quarantined")
        }
    }
}
