package import GoogleCloud
internal import HTTPTransport

/// The settings for Cloud Tasks.
package struct TaskSettings: Equatable, Sendable {
    /// `TASK_QUEUE_PATH` (queue): the queue for waiting notices.
    package var queue: QueuePath
    /// `TASK_TARGET_URL` (URL, default the audience plus `/push`), `TASK_SERVICE_ACCOUNT` (e-mail, default the only
    /// push account).
    package var target: TaskQueue.Target

    /// Reads the settings and records their faults; nil without a valid queue.
    init?(_ reader: inout SettingsReader, audience: String, accounts: [String]) {
        let path = Self.queue(&reader)
        let url = reader.value("TASK_TARGET_URL") { text in
            let isTaken = RequestURL(text).map { url in
                (url.isLoopback || text.hasPrefix("https://")) && url.pathAndQuery == "/push"
            }
            return isTaken == true && text.utf8.count <= 2083 ? text : nil
        } orFault: {
            "\($0) is not an https URL with the path /push (http is allowed on loopback addresses only)"
        }
        let account = reader.value("TASK_SERVICE_ACCOUNT") {
            accounts.contains($0) ? $0 : nil
        } orFault: {
            "\($0) is not among PUSH_SERVICE_ACCOUNT"
        }
        guard reader.optional("TASK_QUEUE_PATH") != nil else { return nil }
        let isOrigin = audience.hasPrefix("https://") && RequestURL(audience)?.pathAndQuery.isEmpty == true
        if reader.optional("TASK_TARGET_URL") == nil, !isOrigin, !audience.isEmpty {
            reader.fault("TASK_TARGET_URL", "is required, since PUSH_AUDIENCE is not an https origin")
        }
        if reader.optional("TASK_SERVICE_ACCOUNT") == nil, accounts.count > 1, !accounts.contains("") {
            reader.fault("TASK_SERVICE_ACCOUNT", "is required, since PUSH_SERVICE_ACCOUNT has several")
        }
        guard let path else { return nil }
        queue = path
        target = TaskQueue.Target(
            url: url ?? "\(audience)/push",
            serviceAccount: account ?? accounts.first ?? "",
            audience: audience
        )
    }

    static func queue(_ reader: inout SettingsReader) -> QueuePath? {
        reader.value("TASK_QUEUE_PATH") {
            QueuePath($0)
        } orFault: {
            "\($0) is not of the form projects/P/locations/L/queues/Q"
        }
    }
}
