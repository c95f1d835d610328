internal import LosslessJSON
internal import Synchronization
package import Timestamps

extension LocalResourceManager {
    /// Answers the next reads of a project with its policy and etag as they stood at an instant, as a lagging replica
    /// would.
    ///
    /// A change at exactly that instant is visible. Before the oldest recorded change, a read shows the policy that
    /// this change replaced. Writes never lag: their etag is compared with the policy as it is.
    ///
    /// - Parameters:
    ///   - count: How many reads, in place of those that were left of an earlier call; 0 for none.
    ///   - project: The project ID.
    ///   - instant: By the time of this cloud, which the changes are recorded with.
    package func serveReads(_ count: Int, of project: String, asOf instant: Instant) {
        state.withLock { $0.lags[project] = ReadLag(left: count, instant: instant) }
    }
}

/// How many more reads show an older policy, and as of when.
struct ReadLag: Sendable {
    var left: Int
    let instant: Instant
}

extension LocalResourceManager.State {
    /// The instant as of which the current read sees the policy; nil for the current policy.
    mutating func takeLag(_ project: String) -> Instant? {
        guard let lag = lags[project], lag.left > 0 else { return nil }
        lags[project]?.left -= 1
        return lag.instant
    }

    /// The policy as it stood at an instant.
    ///
    /// Goes back from the present for as long as each change leads to what came after it: the line breaks where
    /// ``LocalResourceManager/setPolicy(_:_:)`` made the project anew.
    func past(of project: String, _ present: PolicyText, asOf instant: Instant) throws(JSONError) -> PolicyText {
        var oldest: PolicyChange?
        var etag = present.etag
        for change in history.reversed() where change.project == project {
            guard change.time > instant, change.etagAfter == etag else { break }
            oldest = change
            etag = change.etagBefore
        }
        guard let oldest else { return present }
        return try PolicyText(stored: oldest.before, etag: oldest.etagBefore)
    }
}
