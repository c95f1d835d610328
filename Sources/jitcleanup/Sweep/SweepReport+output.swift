internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import LosslessJSON

extension SweepReport {
    /// One row for each binding, and for each project that is not as asked for; nothing if there is none.
    var table: String {
        let rows = projects.flatMap { project, fate -> [[String]] in
            let name = project.value
            let removed = fate.removed.map { binding in
                [
                    name, isDryRun ? "would-remove" : "removed", binding.role, binding.members.joined(separator: " "),
                    "\(binding.period.end)", "",
                ]
            }
            let kept = fate.kept.map { binding in
                [name, "kept", binding.role, binding.members.joined(separator: " "), "", binding.state.reason ?? ""]
            }
            if case .swept = fate { return removed + kept }
            let note = fate.failure.map { "\($0.reason): \($0.detail)" } ?? ""
            return removed + kept + [[name, fate.state, "", "", "", note]]
        }
        if rows.isEmpty { return "" }
        return TextTable(heading: ["PROJECT", "RESULT", "ROLE", "MEMBERS", "ENDED", "NOTE"], rows: rows).text
    }

    /// The fields are those of announcements where both say the same.
    var json: JSONText {
        [
            "time": .string("\(time)"),
            "dry_run": .boolean(isDryRun),
            "interrupted": .boolean(isInterrupted),
            "removed_count": .integer(Int64(removedCount)),
            "projects": .array(projects.map { Self.json($0.project.value, $0.fate) }),
            "failures": .array(failures.map(\.json)),
        ]
    }

    private static func json(_ project: String, _ fate: Fate) -> JSONText {
        [
            "project_id": .string(project),
            "state": .string(fate.state),
            "reason": .optional(fate.failure?.reason),
            "detail": .optional(fate.failure?.detail),
            "removed": .array(fate.removed.map { $0.json }),
            "kept": .array(fate.kept.map { $0.json }),
        ]
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
