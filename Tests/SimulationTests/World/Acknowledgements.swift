import Cleanup
import LocalCloud
import LosslessJSON
import TestSupport
import Timestamps

/// Judges each acknowledgement when it is given, and which messages may stay open: by the policy as it is, whatever the
/// service has read.
struct Acknowledgements: Sendable {
    /// How long before a message is given up it must have been refused, in seconds.
    private static let givingUpSeconds: Int64 = 600

    let plan: Plan
    let cloud: LocalCloud
    let ledger: Ledger

    /// Judges an acknowledged push, which may leave nothing of the message behind.
    ///
    /// - Parameters:
    ///   - body: What was pushed.
    ///   - begin: When it was pushed.
    ///   - end: When it was answered.
    func judge(_ body: [UInt8], from begin: Instant, to end: Instant) {
        let message = (try? json(body))?.root["message"]
        guard let id = message?["messageId"]?.string else { return ledger.violate("acknowledged: no message") }
        ledger.noteAcknowledged(id)
        guard let granted = ledger.message(id) else { return }
        // Asked before the policy: a task that is done meanwhile has removed its bindings first.
        let tasks = cloud.tasks.tasks(in: Plan.queue)
        let left = left(of: granted)
        guard !left.isEmpty else { return }
        // Not by the task that has just been answered.
        let isHeld = tasks.contains { $0.body != body && $0.messageID == id }
        if isHeld { return ledger.count("held by a task") }
        let isGivenUp = quarantined.contains { $0.content.attributes[Quarantine.messageIDAttribute] == id }
        if isGivenUp, mayBeGivenUp(granted, from: begin, to: end) { return ledger.count("given up") }
        let way = isGivenUp ? "given up" : "acknowledged"
        ledger.violate("message \(id) was \(way) at \(end) while its binding is there: \(left.sorted())")
    }

    /// What is in the quarantine topic.
    var quarantined: [PubSubMessage] { cloud.pubSub.published(cloud.topicName(Director.quarantine)) }

    /// Whether a message may be given up in this time: it is old, a call is refused then, and calls were long before.
    func mayBeGivenUp(_ granted: GrantedMessage, from begin: Instant, to end: Instant) -> Bool {
        let sure = granted.end.adding(seconds: plan.giveUpSeconds - Int64(Scale.smallClockStep))
        return sure <= end
            && ledger.refusals.mayEnd(granted.project, from: begin, to: end, longBefore: Self.givingUpSeconds)
    }

    /// Whether a binding may stay, since nobody lets the service remove it.
    func mayStay(_ binding: String, in project: String) -> Bool {
        ledger.binding(binding).map { ledger.refusals.refuse($0.role, of: project) } ?? true
    }

    /// Whether a message may stay open: a binding of its users and roles may stay, its own or one that replaced it.
    func mayStayOpen(_ id: String) -> Bool {
        guard let granted = ledger.message(id) else { return false }
        return cloud.resourceManager.bindings(granted.project).contains { text in
            guard let binding = ledger.binding(text), mayStay(text, in: granted.project) else { return false }
            return granted.bindings.contains {
                $0.role == binding.role && $0.identity.members == binding.identity.members
            }
        }
    }

    private func left(of granted: GrantedMessage) -> Set<String> {
        Set(cloud.resourceManager.bindings(granted.project)).intersection(granted.bindings.map(\.text))
    }
}
