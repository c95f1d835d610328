import Cleanup
import LocalCloud
import LosslessJSON
import Synchronization
import TestSupport
import Timestamps

/// What is known of a simulation beside the cloud's own history: what was granted, what was seen, and what broke a
/// promise.
final class Ledger: Sendable {
    private struct State {
        var bindings: [String: GrantedBinding] = [:]
        var texts: [GrantedBinding.Identity: String] = [:]
        var messages: [String: GrantedMessage] = [:]
        var acknowledged: Set<String> = []
        var poison: Set<[UInt8]> = []
        var refusals = Refusals()
        var violations: [String] = []
        var counts: [String: Int] = [:]
        /// FNV-1a of all that was noted, in order.
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    }

    private let state = Mutex(State())

    /// The first promise that was broken.
    var violation: String? { state.withLock { $0.violations.first } }
    /// How often each thing happened.
    var counts: [String: Int] { state.withLock { $0.counts } }
    /// The same for two runs in which the same things happened in the same order.
    var digest: UInt64 { state.withLock { $0.digest } }
    /// What can never be acted on.
    var poison: Set<[UInt8]> { state.withLock { $0.poison } }
    /// What Google refuses.
    var refusals: Refusals { state.withLock { $0.refusals } }
    /// The messages of activations that were never acknowledged.
    var unacknowledged: [String] {
        state.withLock { state in state.messages.keys.filter { !state.acknowledged.contains($0) }.sorted() }
    }
    /// When the last of all activations ends.
    var lastEnd: Instant? { state.withLock { $0.bindings.values.map(\.end).max() } }

    /// Notes that something happened that may not.
    func violate(_ text: String) { state.withLock { $0.violations.append(text) } }

    /// Notes that something happened that ought to be tried.
    func count(_ name: String, _ times: Int = 1) {
        state.withLock { state in
            state.counts[name, default: 0] += times
            for byte in name.utf8 { state.digest = (state.digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
    }

    /// Notes a binding of JIT Access before it gets into a policy.
    func expect(_ binding: GrantedBinding) {
        state.withLock { state in
            state.bindings[binding.text] = binding
            state.texts[binding.identity] = binding.text
        }
    }

    /// Notes a message of an activation before it is delivered.
    func expect(_ message: String, _ granted: GrantedMessage) { state.withLock { $0.messages[message] = granted } }

    /// Notes a message's data that can never be acted on.
    func expectPoison(_ data: [UInt8]) { state.withLock { _ = $0.poison.insert(data) } }

    /// Notes what Google refuses from now on, or no more.
    func change(_ change: (inout Refusals) -> Void) { state.withLock { change(&$0.refusals) } }

    /// What is known of a binding by its text; nil if it is not JIT Access's.
    func binding(_ text: String) -> GrantedBinding? { state.withLock { $0.bindings[text] } }

    /// The text of a binding of JIT Access by what else is known of it.
    func text(_ identity: GrantedBinding.Identity) -> String? { state.withLock { $0.texts[identity] } }

    /// What is known of a message; nil if it is not an activation's.
    func message(_ id: String) -> GrantedMessage? { state.withLock { $0.messages[id] } }

    /// Notes that a message was acknowledged.
    func noteAcknowledged(_ id: String) { state.withLock { _ = $0.acknowledged.insert(id) } }
}

/// A binding that JIT Access puts into a policy.
struct GrantedBinding: Sendable {
    /// What the service says of a binding that it has removed.
    struct Identity: Hashable, Sendable {
        let role: String
        let members: [String]
        let expression: String
        let description: String?
    }

    /// As it stands in the policy; no other activation has it.
    let text: String
    let identity: Identity
    let end: Instant

    var role: String { identity.role }
}

/// An activation's message.
struct GrantedMessage: Sendable {
    let project: String
    let bindings: [GrantedBinding]
    let end: Instant
}

extension LocalResourceManager {
    /// The bindings of a project's policy, each as its text.
    func bindings(_ project: String) -> [String] { policy(project)?.root.bindingTexts ?? [] }
}

extension JSONValue {
    /// A policy's bindings, each as its text.
    var bindingTexts: [String] {
        (self["bindings"]?.elements ?? []).map { String(decoding: $0.rawBytes, as: UTF8.self) }
    }
}
