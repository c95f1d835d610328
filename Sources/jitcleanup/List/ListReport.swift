internal import ArgumentParser
internal import Cleanup
internal import GoogleCloud
internal import IAMPolicy
internal import LosslessJSON
internal import Timestamps

/// The temporary bindings found, and the policies read.
struct ListReport: Sendable {
    /// A binding and its resource; copies fields, since the binding itself would keep its whole policy in memory.
    struct Entry: Sendable {
        let resource: PolicyResource
        let role: String
        /// The members; empty if they are malformed.
        let members: [String]
        let title: String?
        let description: String?
        let expression: String?
        let state: BindingState

        init(_ resource: PolicyResource, _ binding: Binding, _ state: BindingState) {
            self.resource = resource
            role = binding.role
            members = (binding.members ?? []).map(\.text)
            title = binding.title
            description = binding.description
            expression = binding.expression
            self.state = state
        }
    }

    /// A policy's usage of IAM's limits, with and without its expired bindings.
    struct Usage: Sendable {
        let resource: PolicyResource
        let now: PolicyUsage
        let swept: PolicyUsage
    }

    /// When the listing began.
    var time: Instant
    /// The bindings in the order of their resources, and in policy order within each.
    var bindings: [Entry] = []
    /// The usage of each policy read, in the same order.
    var usages: [Usage] = []
    /// The number of resources skipped because the settings do not allow changing them.
    var skippedCount = 0
    /// The projects, folders and organizations that could not be read completely.
    var failures: [ParentFailure] = []

    /// The number of policies read.
    var policyCount: Int { usages.count }

    /// 1 if something could not be read, 2 if there are expired bindings, else 0.
    var exitCode: ExitCode {
        if !failures.isEmpty { return .failure }
        return expiredCount > 0 ? .somethingLeft : .success
    }

    /// The lines for standard error.
    var notes: [String] {
        failures.map { "\($0.parent): not read: \($0.failure.reason): \($0.failure.detail)" }
            + [
                "\(counted(bindings.count { $0.state != .notUnderstood(.eligibilityMarker) }, "binding")) in \(policyCount == 1 ? "1 policy" : "\(policyCount) policies"), "
                    + "\(expiredCount) expired"
                    + (skippedCount > 0 ? "; \(skippedCount) skipped, not allowed by the settings" : "")
            ]
    }

    private var expiredCount: Int { bindings.count { if case .expired = $0.state { true } else { false } } }
}

extension ListReport {
    private static let columns = [
        "project_id", "role", "member", "start_time", "end_time", "state", "reason", "description", "resource", "title",
    ]

    private static let limits = [
        ("principals", \PolicyUsage.principals, PolicyUsage.maximumPrincipals),
        ("groups", \PolicyUsage.groups, PolicyUsage.maximumGroups),
        ("conditional_bindings", \PolicyUsage.conditions, PolicyUsage.recommendedConditions),
        ("conditions_of_one_grant", \PolicyUsage.conditionsOfGrant, PolicyUsage.maximumConditionsOfGrant),
        ("bytes", \PolicyUsage.bytes, nil),
    ]

    /// A row per policy: its usage of IAM's limits, and what removing the expired bindings would free.
    var limitsTable: String {
        if usages.isEmpty { return "" }
        let heading = ["RESOURCE"] + Self.limits.map { $0.0.uppercased() }
        let rows = usages.map { usage in
            [usage.resource.name]
                + Self.limits.map { _, count, limit in
                    let (now, freed) = (
                        usage.now[keyPath: count], usage.now[keyPath: count] - usage.swept[keyPath: count]
                    )
                    return "\(now)" + (limit.map { "/\($0)" } ?? "") + (freed > 0 ? " (-\(freed))" : "")
                }
        }
        return TextTable(heading: heading, rows: rows).text
    }

    /// A record per policy, with plain numbers and without limits.
    var limitsCSV: String {
        let names = Self.limits.map(\.0)
        let rows = usages.map { usage in
            [usage.resource.name] + Self.limits.map { "\(usage.now[keyPath: $0.1])" }
                + Self.limits.map { "\(usage.now[keyPath: $0.1] - usage.swept[keyPath: $0.1])" }
        }
        return CSVText.text([["resource"] + names + names.map { "freed_\($0)" }] + rows)
    }

    fileprivate static func json(_ usage: PolicyUsage) -> JSONText {
        .object(limits.map { ($0.0, .integer(Int64(usage[keyPath: $0.1]))) })
    }

    /// A row per member, without descriptions; empty if there are no bindings.
    var table: String {
        if bindings.isEmpty { return "" }
        let heading = ["RESOURCE", "ROLE", "MEMBER", "START_TIME", "END_TIME", "STATE", "TITLE", "REASON"]
        return TextTable(heading: heading, rows: rows.map { [$0[8], $0[1], $0[2], $0[3], $0[4], $0[5], $0[9], $0[6]] })
            .text
    }

    /// A record per member, after a header record.
    var csv: String { CSVText.text([Self.columns] + rows) }

    /// The report as JSON; field names match those of announcements where both carry the same information.
    var json: JSONText {
        [
            "time": .string("\(time)"),
            "project_count": .integer(Int64(usages.count { $0.resource.projectID != nil })),
            "policy_count": .integer(Int64(policyCount)),
            "skipped_count": .integer(Int64(skippedCount)),
            "bindings": .array(bindings.map(\.json)),
            "policies": .array(usages.map(\.json)),
            "failures": .array(failures.map(\.json)),
        ]
    }

    private var rows: [[String]] {
        bindings.flatMap { entry -> [[String]] in
            let period = entry.state.period
            // A binding with no members, or malformed ones, still gets a row.
            return (entry.members.isEmpty ? [""] : entry.members).map { member in
                [
                    entry.resource.projectID ?? "", entry.role, member, period?.start.map { "\($0)" } ?? "",
                    period.map { "\($0.end)" } ?? "", entry.state.name, entry.state.reason ?? "",
                    entry.description ?? "", entry.resource.name, entry.title ?? "",
                ]
            }
        }
    }
}

extension ListReport.Usage {
    fileprivate var json: JSONText {
        .object(resource.jsonMembers + [("usage", ListReport.json(now)), ("usage_when_swept", ListReport.json(swept))])
    }
}

extension ListReport.Entry {
    fileprivate var json: JSONText {
        .object(
            resource.jsonMembers + [
                ("role", .string(role)),
                ("members", .strings(members)),
                ("start_time", .optional(state.period?.start.map { "\($0)" })),
                ("end_time", .optional(state.period.map { "\($0.end)" })),
                ("state", .string(state.name)),
                ("reason", .optional(state.reason)),
                ("title", .optional(title)),
                ("description", .optional(description)),
                ("expression", .optional(expression)),
            ]
        )
    }
}
