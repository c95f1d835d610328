import Cleanup
import GoogleCloud
import IAMPolicy
import LocalCloud
import LosslessJSON
import Synchronization
import TestSupport
import Timestamps

/// What instances say that they have removed: each write that they know of once, and nothing that is still there.
final class Reports: Sendable {
    private struct Report {
        let life: Int
        let texts: Set<String>
    }

    private struct State {
        /// By the etag that the write gave the policy.
        var reports: [String: Report] = [:]
        /// Writes of which an instance has got the answer, by the same.
        var confirmed: [String: (life: Int, at: Duration)] = [:]
        var told: Set<String> = []
        var ends: [Int: Duration] = [:]
    }

    /// An instance that ends so soon after an answer may not have told what was removed.
    private let telling: Duration
    private let ledger: Ledger
    private let state = Mutex(State())

    init(_ plan: Plan, _ ledger: Ledger) {
        telling = .seconds(plan.scale.requestTimeoutSeconds)
        self.ledger = ledger
    }

    /// Notes that an instance has got the answer to a write.
    func confirm(_ body: [UInt8], life: Int, at uptime: Duration) {
        guard let etag = (try? json(body))?.root["etag"]?.string else { return }
        state.withLock { $0.confirmed[etag] = (life, uptime) }
    }

    /// Notes an instance's end.
    func end(_ life: Int, at uptime: Duration) { state.withLock { $0.ends[life] = uptime } }

    /// Notes what an instance says of a write.
    func take(_ write: PolicyWrite, life: Int, _ resourceManager: LocalResourceManager) {
        let project = write.resource.projectID ?? write.resource.name
        if write.removed.isEmpty { ledger.violate("\(project): a write that removed nothing was reported") }
        var texts: Set<String> = []
        for binding in write.removed {
            let identity = GrantedBinding.Identity(
                role: binding.role,
                members: binding.members,
                expression: binding.expression,
                description: binding.description
            )
            guard let text = ledger.text(identity) else {
                ledger.violate("\(project): a foreign binding was reported: \(identity)")
                continue
            }
            texts.insert(text)
            guard !state.withLock({ $0.told.insert("\(life) \(text)").inserted }) else { continue }
            // A lagging read can show again what is gone, and the answer to a write for it can be lost again.
            if write.etagAfter == nil {
                ledger.count("report repeated")
            } else {
                ledger.violate("\(project): an instance reported a removal twice: \(text)")
            }
        }
        ledger.count(write.etagAfter == nil ? "report without etag" : "report")
        if let etag = write.etagAfter {
            let isNew = state.withLock { $0.reports.updateValue(Report(life: life, texts: texts), forKey: etag) == nil }
            if !isNew { ledger.violate("\(project): a write was reported twice") }
        }
        for text in texts.intersection(resourceManager.bindings(project)).sorted() {
            ledger.violate("\(project): a binding was reported as removed, but is there: \(text)")
        }
    }

    /// Compares the reports with the writes.
    ///
    /// - Parameter writes: What each write has removed, by the etag that it gave the policy.
    func check(against writes: [String: Set<String>]) {
        let state = state.withLock { $0 }
        for (etag, report) in state.reports.sorted(by: { $0.key < $1.key }) where writes[etag] != report.texts {
            ledger.violate("reported as removed: \(report.texts.sorted()); removed: \(writes[etag]?.sorted() ?? [])")
        }
        for (etag, write) in state.confirmed.sorted(by: { $0.key < $1.key }) where state.reports[etag] == nil {
            if let end = state.ends[write.life], end - write.at < telling { continue }
            ledger.violate("a removal was not reported: \(writes[etag]?.sorted() ?? [])")
        }
    }
}
