internal import Base64
internal import LosslessJSON
package import Timestamps

/// A task with an HTTP target.
package struct LocalTask: Sendable {
    package let queue: String
    package let id: String
    /// When the task is due.
    package let time: Instant
    package let created: Instant
    package let deadline: Duration
    package let url: String
    package let body: [UInt8]
    package let contentType: String?
    package let identity: PushIdentity
    /// The request that made it.
    package var request: [UInt8] = []

    init(_ task: JSONValue, queue: String, id: String, now: Instant) throws(GoogleError) {
        guard task["name"] == nil else { throw .invalidArgument("Named tasks are not played here.") }
        let request = task["httpRequest"]
        guard let url = request?["url"]?.string, !url.isEmpty else {
            throw .invalidArgument("HttpRequest.url is required.")
        }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .invalidArgument("HttpTarget.url must start with 'http://' or 'https://'.")
        }
        guard let token = request?["oidcToken"], let account = token["serviceAccountEmail"]?.string else {
            throw .invalidArgument("HttpRequest.oidcToken is expected here.")
        }
        guard let text = request?["body"]?.utf8, let body = Base64.decode(text) else {
            throw .invalidArgument("Invalid value at 'task.http_request.body' (TYPE_BYTES)")
        }
        let deadline = task["dispatchDeadline"]?.string ?? "600s"
        guard deadline.hasSuffix("s"), let seconds = Int64(deadline.dropLast()), (15...1800).contains(seconds) else {
            throw .invalidArgument("Task.dispatchDeadline must be between [15s, 30m].")
        }
        (self.queue, self.id, self.url, self.body, created) = (queue, id, url, body, now)
        self.deadline = .seconds(seconds)
        let time = task["scheduleTime"]?.string.flatMap { Instant($0, spelling: .javaTime) } ?? now
        self.time = max(time, now)
        contentType = request?["headers"]?["Content-Type"]?.string
        identity = PushIdentity(audience: token["audience"]?.string ?? url, email: account)
    }

    /// The ID of the message that it carries.
    package var messageID: String {
        let rules = JSONRules(maximumDepth: 16, maximumBytes: body.count, allowsNUL: true)
        return (try? JSONDocument(body, rules: rules))?.root["message"]?["messageId"]?.string ?? ""
    }

    /// The response to its creation, without the body.
    package var answer: [UInt8] {
        let answer: JSONText = [
            "name": .string("\(queue)/tasks/\(id)"),
            "httpRequest": [
                "url": .string(url), "httpMethod": "POST",
                "oidcToken": ["serviceAccountEmail": .string(identity.email), "audience": .string(identity.audience)],
            ],
            "scheduleTime": .string("\(time)"),
            "createTime": .string("\(Instant(seconds: created.seconds))"),
            "dispatchDeadline": .string("\(deadline.components.seconds)s"),
            "view": "BASIC",
        ]
        return answer.bytes()
    }
}
