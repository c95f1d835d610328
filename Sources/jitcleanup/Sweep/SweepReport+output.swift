internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import LosslessJSON

extension SweepReport {
    /// A row per binding, and per resource that was not swept as requested; empty if there are none.
    var table: String {
        let rows = resources.flatMap { resource, outcome -> [[String]] in
            let name = resource.projectID ?? resource.name
            let removed = outcome.removed.map { binding in
                [
                    name, isDryRun ? "would-remove" : "removed", binding.role, binding.members.joined(separator: " "),
                    "\(binding.period.end)", "",
                ]
            }
            let kept = outcome.kept.map { binding in
                [name, "kept", binding.role, binding.members.joined(separator: " "), "", binding.state.reason ?? ""]
            }
            if case .swept = outcome { return removed + kept }
            let note = outcome.failure.map { "\($0.reason): \($0.detail)" } ?? ""
            return removed + kept + [[name, outcome.state, "", "", "", note]]
        }
        if rows.isEmpty { return "" }
        return TextTable(heading: ["RESOURCE", "RESULT", "ROLE", "MEMBERS", "ENDED", "NOTE"], rows: rows).text
    }

    /// The report as JSON; field names match those of announcements where both carry the same information.
    var json: JSONText {
        [
            "time": .string("\(time)"),
            "dry_run": .boolean(isDryRun),
            "interrupted": .boolean(isInterrupted),
            "removed_count": .integer(Int64(removedCount)),
            "skipped_count": .integer(Int64(skippedCount)),
            "projects": .array(resources.map { Self.json($0.resource, $0.outcome) }),
            "failures": .array(failures.map(\.json)),
        ]
    }

    private static func json(_ resource: PolicyResource, _ outcome: Outcome) -> JSONText {
        .object(
            resource.jsonMembers + [
                ("state", .string(outcome.state)),
                ("reason", .optional(outcome.failure?.reason)),
                ("detail", .optional(outcome.failure?.detail)),
                ("removed", .array(outcome.removed.map { $0.json })),
                ("kept", .array(outcome.kept.map { $0.json })),
            ]
        )
    }
}

extension KeptBinding {
    fileprivate var json: JSONText {
        [
            "role": .string(role),
            "members": .strings(members),
            "state": .string(state.name),
            "reason": .optional(state.reason),
            "expression": .optional(expression),
        ]
    }
}
