internal import ArgumentParser
internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// The result of a sweep.
struct SweepReport: Sendable {
    /// The outcome for one resource.
    enum Outcome: Sendable {
        /// It was swept: what was removed (or would be, on a dry run), and which bindings stay for a reason worth
        /// reporting.
        case swept(removed: [ExpiredBinding], kept: [KeptBinding])
        /// It failed: its expired bindings stay, or at least those that Google refused to remove or that were not
        /// tried.
        case failed(ProjectFailure, removed: [ExpiredBinding] = [], kept: [KeptBinding] = [])
        /// It is not in `ALLOWED_PROJECTS`, or its kind was not requested.
        case skipped(UnusableNotice)
        /// A signal arrived before it was started.
        case notBegun
    }

    /// When the sweep began.
    var time: Instant
    /// Whether this was a dry run, so nothing was written.
    var isDryRun: Bool
    /// Whether a signal kept it from finishing.
    var isInterrupted = false
    /// The resources without duplicates, in the order they were found.
    var resources: [(resource: PolicyResource, outcome: Outcome)] = []
    /// The number of projects found that may not be changed; ``resources`` does not include them.
    var skippedCount = 0
    /// The folders and organizations that could not be searched completely.
    var failures: [ParentFailure] = []

    /// 1 if anything failed or was interrupted, 2 if a dry run found something to remove, else 0.
    var exitCode: ExitCode {
        if isInterrupted || !failures.isEmpty || count(of: { if case .failed = $0 { true } else { false } }) > 0 {
            return .failure
        }
        return isDryRun && removedCount > 0 ? .somethingLeft : .success
    }

    /// The number of bindings removed, or that would be.
    var removedCount: Int { resources.reduce(0) { $0 + $1.outcome.removed.count } }

    /// The lines for standard error.
    var notes: [String] {
        let changed = count { !$0.removed.isEmpty }
        let kept = resources.reduce(0) { $0 + $1.outcome.kept.count }
        let failed = count { if case .failed = $0 { true } else { false } }
        let skipped = skippedCount + count { if case .skipped = $0 { true } else { false } }
        let notBegun = count { if case .notBegun = $0 { true } else { false } }
        let verb = isDryRun ? "would be removed" : "removed"
        let bindings = counted(removedCount, "expired binding")
        var parts = [
            "\(bindings) \(verb), in \(changed) of \(resources.count == 1 ? "1 policy" : "\(resources.count) policies")"
        ]
        if kept > 0 { parts.append("\(kept) kept, for the reasons given") }
        if failed > 0 { parts.append("\(failed) failed") }
        if skipped > 0 { parts.append("\(skipped) skipped, not allowed by the settings") }
        if notBegun > 0 { parts.append("\(notBegun) not begun") }
        var lines = failures.map {
            "\($0.parent): not looked through: \($0.failure.reason): \($0.failure.detail)"
        }
        lines.append(parts.joined(separator: "; "))
        if isInterrupted { lines.append("interrupted: run it again for the rest") }
        return lines
    }

    private func count(of isMeant: (Outcome) -> Bool) -> Int { resources.count { isMeant($0.outcome) } }
}

extension SweepReport.Outcome {
    var removed: [ExpiredBinding] {
        switch self {
        case .swept(let removed, _), .failed(_, let removed, _): removed
        case .skipped, .notBegun: []
        }
    }

    var kept: [KeptBinding] {
        switch self {
        case .swept(_, let kept), .failed(_, _, let kept): kept
        case .skipped, .notBegun: []
        }
    }

    /// The outcome's name in output.
    var state: String {
        switch self {
        case .swept: "swept"
        case .failed: "failed"
        case .skipped: "skipped"
        case .notBegun: "not-begun"
        }
    }

    /// Why it was not swept as requested; nil otherwise.
    var failure: ProjectFailure? {
        switch self {
        case .swept, .notBegun: nil
        case .failed(let failure, _, _): failure
        case .skipped(let why): ProjectFailure(reason: why.rawValue, detail: why.meaning)
        }
    }
}
