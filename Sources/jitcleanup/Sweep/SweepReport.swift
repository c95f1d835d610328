internal import ArgumentParser
internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import Timestamps

/// What became of a sweep.
struct SweepReport: Sendable {
    /// What became of one resource.
    enum Outcome: Sendable {
        /// It was looked at: what was removed (or would be, on a dry run), and what stays since it was not understood.
        case swept(removed: [ExpiredBinding], kept: [KeptBinding])
        /// Expired bindings stay in it: all of them, or those that Google refuses to let go of.
        case failed(ProjectFailure, removed: [ExpiredBinding] = [], kept: [KeptBinding] = [])
        /// It is not among `ALLOWED_PROJECTS`, or not of a kind that is asked for.
        case skipped(UnusableNotice)
        /// A signal came first.
        case notBegun
    }

    /// When it began.
    var time: Instant
    /// Whether nothing was written.
    var isDryRun: Bool
    /// Whether a signal ended it early.
    var isInterrupted = false
    /// Each once, in the order in which they were found.
    var resources: [(resource: PolicyResource, outcome: Outcome)] = []
    /// How many projects were found that may not be changed; they are not among ``resources``.
    var skippedCount = 0
    /// The folders and organizations that could not be looked through.
    var failures: [ParentFailure] = []

    /// 1 if anything is not as asked for, 2 if a dry run found something, else 0.
    var exitCode: ExitCode {
        if isInterrupted || !failures.isEmpty || count(of: { if case .failed = $0 { true } else { false } }) > 0 {
            return .failure
        }
        return isDryRun && removedCount > 0 ? .somethingLeft : .success
    }

    /// How many bindings were removed, or would be.
    var removedCount: Int { resources.reduce(0) { $0 + $1.outcome.removed.count } }

    /// What a person should know beside the result.
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

    /// The word for scripts.
    var state: String {
        switch self {
        case .swept: "swept"
        case .failed: "failed"
        case .skipped: "skipped"
        case .notBegun: "not-begun"
        }
    }

    /// Why it is not as asked for; nil where it is.
    var failure: ProjectFailure? {
        switch self {
        case .swept, .notBegun: nil
        case .failed(let failure, _, _): failure
        case .skipped(let why): ProjectFailure(reason: why.rawValue, detail: why.meaning)
        }
    }
}
