import LocalCloud
import LosslessJSON
import Synchronization
import Timestamps

/// What is known of a simulation beside the cloud's own history: what was granted, what was seen, and what broke a
/// promise.
final class Ledger: Sendable {
    /// An activation that was granted.
    struct Granted: Sendable {
        let project: String
        /// Its bindings, each as its text, which no other activation has.
        let bindings: [String]
        let end: Instant
    }

    private struct State {
        var ends: [String: Instant] = [:]
        var messages: [String: Granted] = [:]
        var acknowledged: Set<String> = []
        var poison: Set<[UInt8]> = []
        var violations: [String] = []
        var counts: [String: Int] = [:]
        /// When somebody else than the service changed a project's policy last, by the uptime.
        var edits: [String: Duration] = [:]
        /// FNV-1a of all that was noted, in order.
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    }

    static let rules = JSONRules(maximumDepth: 64, maximumBytes: 1 << 24, allowsNUL: true)

    private let state = Mutex(State())

    /// The first promise that was broken.
    var violation: String? { state.withLock { $0.violations.first } }
    /// How often each thing happened.
    var counts: [String: Int] { state.withLock { $0.counts } }
    /// The same for two runs in which the same things happened in the same order.
    var digest: UInt64 { state.withLock { $0.digest } }
    /// What can never be acted on.
    var poison: Set<[UInt8]> { state.withLock { $0.poison } }
    /// The messages of activations that are not acknowledged.
    var unacknowledged: [String] {
        state.withLock { state in state.messages.keys.filter { !state.acknowledged.contains($0) }.sorted() }
    }

    /// Notes that something happened that may not.
    func violate(_ text: String) { state.withLock { $0.violations.append(text) } }

    /// Notes that something happened that ought to be tried.
    func count(_ name: String, _ times: Int = 1) {
        state.withLock { state in
            state.counts[name, default: 0] += times
            for byte in name.utf8 { state.digest = (state.digest ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
    }

    /// Notes that somebody else than the service changes a policy.
    func noteEdit(of project: String, at uptime: Duration) { state.withLock { $0.edits[project] = uptime } }

    /// When that was the last time, by the uptime.
    func lastEdit(of project: String) -> Duration? { state.withLock { $0.edits[project] } }

    /// Notes a binding of JIT Access before it gets into a policy.
    func expect(_ binding: String, until end: Instant) { state.withLock { $0.ends[binding] = end } }

    /// Notes a message of an activation before it is delivered.
    func expect(_ message: String, _ granted: Granted) { state.withLock { $0.messages[message] = granted } }

    /// Notes a message's data that can never be acted on.
    func expectPoison(_ data: [UInt8]) { state.withLock { _ = $0.poison.insert(data) } }

    /// When the binding ends; nil if it is not JIT Access's.
    func end(of binding: String) -> Instant? { state.withLock { $0.ends[binding] } }

    /// Notes an acknowledged push, which may not leave anything behind.
    func acknowledge(_ body: [UInt8], _ cloud: LocalCloud) {
        let message = (try? JSONDocument(body, rules: Self.rules))?.root["message"]
        guard let id = message?["messageId"]?.string else { return violate("acknowledged: no message") }
        let granted = state.withLock { state in
            state.acknowledged.insert(id)
            return state.messages[id]
        }
        guard let granted else { return }
        let left = Set(cloud.resourceManager.bindings(granted.project)).intersection(granted.bindings)
        if !left.isEmpty { violate("message \(id) was acknowledged while its binding is there: \(left.sorted())") }
    }
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
