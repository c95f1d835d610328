package import Cleanup
internal import GoogleCloud
internal import IAMPolicy
package import Logging
internal import PushEndpoint
internal import Timestamps

/// The audit trail of policy changes: a line per round of calls, and one per removed binding.
package struct WriteLog: Sendable {
    /// Limits per line: how many members, message IDs or roles it names, and the bytes of an expression, title or
    /// detail.
    private static let named = 20
    private static let textBytes = 1024

    private let logger: Logger

    package init(_ logger: Logger) {
        self.logger = logger
    }

    /// Logs the cost of a round of calls for one policy, and any roles Google refused to change.
    package func log(_ summary: RoundSummary) {
        if !summary.refusals.isEmpty {
            let refusals = summary.refusals.sorted { $0.key < $1.key }.prefix(Self.named)
            logger.error(
                "Google refuses to change some roles, so their expired bindings stay",
                metadata: Self.fields(of: summary.resource).adding([
                    "event": "policy.roles-refused",
                    "roles": .array(refusals.map { .string($0.key) }),
                    "role_count": .stringConvertible(summary.refusals.count),
                    "reason": .string(refusals.first?.value.reason ?? ""),
                    "detail": .string((refusals.first?.value.detail ?? "").cut(to: Self.textBytes)),
                ])
            )
        }
        logger.info(
            "A round of calls for one policy",
            metadata: Self.fields(of: summary.resource).adding([
                "event": "policy.transaction",
                "iam_reads": .stringConvertible(summary.reads),
                "iam_writes": .stringConvertible(summary.writes),
                "activation_count": .stringConvertible(summary.callers),
                "expired_bindings": .stringConvertible(summary.removed),
                "milliseconds": .stringConvertible(Int64(summary.duration / .milliseconds(1))),
            ])
        )
    }

    /// Logs a write and announces it; a failed announcement is logged, too.
    package func log(_ write: PolicyWrite, announcedBy announcer: Announcer) async {
        log(write)
        log(await announcer.announce(write), of: write)
    }

    /// Logs each binding a write removed, or would have removed on a dry run.
    private func log(_ write: PolicyWrite) {
        for binding in write.removed {
            var fields: Logger.Metadata = [
                "event": write.isDryRun ? "binding.would-remove" : "binding.removed",
                "role": "\(binding.role)",
                "members": .array(binding.members.prefix(Self.named).map { .string($0) }),
                "member_count": .stringConvertible(binding.members.count),
                "end": "\(binding.period.end)",
                "seconds_after_end": .stringConvertible(binding.period.end.wholeSeconds(until: write.time)),
                "expression": .string(binding.expression.cut(to: Self.textBytes)),
                "etag_before": "\(write.etagBefore)",
                "etag_after": "\(write.etagAfter ?? "unknown")",
                "message_ids": .array(write.causes.prefix(Self.named).map { .string($0) }),
                "message_count": .stringConvertible(write.causes.count),
            ]
            fields["title"] = binding.title.map { .string($0.cut(to: Self.textBytes)) }
            fields["start"] = binding.period.start.map { "\($0)" }
            logger.notice(
                write.isDryRun ? "Would remove an expired binding" : "Removed an expired binding",
                metadata: fields.adding(Self.fields(of: write.resource))
            )
        }
    }

    private func log(_ announcement: Announcer.Result, of write: PolicyWrite) {
        guard case .failed(let why) = announcement else { return }
        logger.error(
            "Expired bindings were removed, but PUBSUB_TOPIC_NAME did not take the announcement",
            metadata: Self.fields(of: write.resource).adding([
                "event": "announcement.failed", "detail": .string(why.cut(to: Self.textBytes)),
                "etag_before": "\(write.etagBefore)",
                "message_ids": .array(write.causes.prefix(Self.named).map { .string($0) }),
            ])
        )
    }

    /// The fields that identify a resource; `project` for projects only.
    private static func fields(of resource: PolicyResource) -> Logger.Metadata {
        var fields: Logger.Metadata = ["resource": .string(resource.name)]
        fields["project"] = resource.projectID.map { .string($0) }
        return fields
    }
}
