internal import Cleanup
internal import IAMPolicy
internal import Logging

/// The audit trail of policy writes: a line for each binding that was removed.
struct WriteLog: Sendable {
    private let logger: Logger

    init(_ logger: Logger) {
        self.logger = logger
    }

    func log(_ write: PolicyWrite) {
        for binding in write.removed {
            logger.notice(
                write.isDryRun ? "Would remove an expired binding" : "Removed an expired binding",
                metadata: [
                    "event": write.isDryRun ? "binding.would-remove" : "binding.removed",
                    "project": "\(write.project)",
                    "role": "\(binding.role)",
                    "members": .array(binding.members.map { .string($0) }),
                    "start": "\(binding.window.start)",
                    "end": "\(binding.window.end)",
                    "expression": "\(binding.expression)",
                    "etag_before": "\(write.etagBefore)",
                    "etag_after": "\(write.etagAfter ?? "unknown")",
                    "message_ids": .array(write.causes.map { .string($0) }),
                ]
            )
        }
    }
    /// What became of the announcement of a write.
    func log(_ announcement: Announcer.Result, of write: PolicyWrite) {
        guard case .failed(let why) = announcement else { return }
        logger.error(
            "Expired bindings were removed, but PUBSUB_TOPIC_NAME did not take the announcement",
            metadata: [
                "event": "announcement.failed", "project": "\(write.project)", "detail": "\(why)",
                "etag_before": "\(write.etagBefore)",
                "message_ids": .array(write.causes.map { .string($0) }),
            ]
        )
    }
}
