import LocalCloud
import LosslessJSON
import Synchronization
import TestSupport

/// Everybody else who changes the policies: what stands in them beside JIT Access's bindings is theirs.
///
/// They know what they have made of each policy, and never learn it from the policy itself: an edit of theirs that got
/// lost is missed.
final class Editors: Sendable {
    /// They keep each policy about this small, so that a run takes little time.
    private static let mostBindings = 8

    fileprivate struct State {
        var random: SplitMix64
        var lastNumber = 0
        var bindings: [String: [String]] = [:]
        var firstETags: [String: String] = [:]
    }

    private let resourceManager: LocalResourceManager
    private let ledger: Ledger
    private let state: Mutex<State>

    init(_ resourceManager: LocalResourceManager, _ ledger: Ledger, seed: UInt64) {
        self.resourceManager = resourceManager
        self.ledger = ledger
        state = Mutex(State(random: SplitMix64(seed: seed)))
    }

    /// What the editors have made of a project's policy, in no order.
    func bindings(_ project: String) -> Set<String> { state.withLock { Set($0.bindings[project] ?? []) } }

    /// The etag with which a project's policy began.
    func firstETag(of project: String) -> String? { state.withLock { $0.firstETags[project] } }

    /// Makes a project, with fields in its policy that nobody knows.
    func makeProject(_ project: String) throws {
        let bindings = state.withLock { state in
            let bindings = (0..<4).map { _ in state.newBinding() }
            state.bindings[project] = bindings
            return bindings
        }
        let audits =
            #"[{"service":"allServices","auditLogConfigs":[{"logType":"DATA_READ"}],"x":18446744073709551616}]"#
        let text =
            #"{"version":3,"bindings":[\#(bindings.joined(separator: ", "))], "auditConfigs":\#(audits),"#
            + #""later" : {"x":1e400, "y":"\u0041"}}"#
        try resourceManager.setPolicy(project, Array(text.utf8))
        let etag = resourceManager.etag(project)
        state.withLock { $0.firstETags[project] = etag }
    }

    /// Adds, changes or removes a binding, at once.
    func edit(_ project: String) {
        ledger.count("edit")
        do {
            try resourceManager.edit(project) { policy in
                var list = policy.root.bindingTexts
                state.withLock { state in
                    var own = state.bindings[project] ?? []
                    let choice = own.count > Self.mostBindings ? 0 : state.random.number(below: 4)
                    if choice <= 1, own.count > 2 {
                        let old = own.remove(at: state.random.number(below: own.count))
                        if let place = list.firstIndex(of: old) {
                            list.remove(at: place)
                            if choice == 1 {
                                let new = state.newBinding()
                                list.insert(new, at: place)
                                own.append(new)
                            }
                        } else {
                            ledger.violate("\(project): an editor misses what is his: \(old)")
                        }
                    } else {
                        let new = state.newBinding()
                        list.insert(new, at: state.random.number(in: 0...list.count))
                        own.append(new)
                    }
                    state.bindings[project] = own
                }
                var edit = JSONEdit(policy)
                guard let bindings = policy.root["bindings"] else {
                    ledger.violate("\(project): the policy has lost its bindings")
                    return policy.bytes
                }
                edit.replace(bindings, with: Array("[\(list.joined(separator: ",\n  "))]".utf8))
                return edit.bytes()
            }
        } catch {
            ledger.violate("\(project): the policy is not JSON: \(error)")
        }
    }
}

extension Editors.State {
    /// A binding that is not JIT Access's, or that nobody can call expired.
    fileprivate mutating func newBinding() -> String {
        lastNumber += 1
        let member = #""members":["user:editor-\#(lastNumber)@example.com"]"#
        func conditional(_ title: String, _ expression: String) -> String {
            #"{"role":"roles/storage.admin",\#(member),"condition":{"title":"\#(title)","expression":"\#(expression)"}}"#
        }
        let past = #"timestamp(\"2020-01-01T00:00:00Z\")"#
        let future = #"timestamp(\"2200-01-01T00:00:00Z\")"#
        let window = #"(request.time >= \#(past) && request.time < \#(past))"#
        switch random.number(below: 7) {
        case 0: return conditional("Eligible for JIT access", "has({}.jitAccessConstraint)")
        // Expired, but of somebody else.
        case 1: return conditional("Created by: PAM", "request.time < \(past)")
        case 2: return conditional("JIT access activation (by hand)", window)
        // Not expired, or not to be understood.
        case 3: return conditional("JIT access activation", "(request.time >= \(past) && request.time < \(future))")
        case 4: return conditional("JIT access activation", "\(window) || resource.name == 'a'")
        case 5: return conditional("JIT access activation", "somebody.changed(this)")
        default: return #"{ "role" : "roles/editor", \#(member), "later":{"x":1e400}}"#
        }
    }
}
