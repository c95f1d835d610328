internal import Base64
package import HTTPTransport
internal import LosslessJSON
package import Timestamps

/// Creates tasks in Cloud Tasks, which calls a URL at a given time and retries until it gets a 2xx
/// (https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create).
///
/// We do not name tasks: a name cannot be reused for a day, so a replay could not recreate a purged task. A lost
/// response may leave two tasks.
package struct TaskQueue: Sendable {
    /// The URL that tasks call, and the account they call as.
    package struct Target: Equatable, Sendable {
        package var url: String
        package var serviceAccount: String
        package var audience: String

        package init(url: String, serviceAccount: String, audience: String) {
            self.url = url
            self.serviceAccount = serviceAccount
            self.audience = audience
        }
    }

    /// Cloud Tasks accepts 30 days, and deletes a task 31 days after its creation
    /// (https://docs.cloud.google.com/tasks/docs/quotas); this leaves room for retries.
    package static let maximumSecondsAhead: Int64 = 25 * 86_400
    /// The range that Cloud Tasks accepts for `dispatchDeadline`, in seconds.
    private static let dispatchSeconds: ClosedRange<Int64> = 15...1800
    private static let maximumResponseBytes = 64 * 1024
    private static let rules = JSONRules(maximumDepth: 32, maximumBytes: maximumResponseBytes)

    private let path: QueuePath
    private let target: Target
    private let dispatchDeadline: String
    private let baseURL: String
    private let api: GoogleAPI

    /// Creates a client of one queue.
    ///
    /// - Parameters:
    ///   - path: The queue's name.
    ///   - target: Where its tasks call.
    ///   - answerSeconds: The longest time the target takes to respond; Cloud Tasks waits a little longer, or it would
    ///     call again before that.
    ///   - baseURL: The service's URL without a trailing slash.
    ///   - transport: The transport to send requests with.
    ///   - tokens: Where access tokens come from.
    ///   - time: The clocks to use.
    package init(
        _ path: QueuePath,
        target: Target,
        answerSeconds: Int64,
        baseURL: String = "https://cloudtasks.googleapis.com",
        transport: any Transport,
        tokens: any AccessTokenSource,
        time: TimeSource = .system
    ) {
        self.path = path
        self.target = target
        let seconds = min(max(answerSeconds + 10, Self.dispatchSeconds.lowerBound), Self.dispatchSeconds.upperBound)
        dispatchDeadline = "\(seconds)s"
        self.baseURL = baseURL
        api = GoogleAPI(transport: transport, tokens: tokens, time: time)
    }

    /// Creates a task that posts a body.
    ///
    /// - Parameters:
    ///   - body: JSON.
    ///   - instant: When to call; a past instant means immediately.
    ///   - duration: The overall time limit.
    /// - Throws: ``PublishError``; after ``PublishError/unavailable(_:)`` the task may exist all the same.
    package func add(_ body: [UInt8], at instant: Instant, within duration: Duration) async throws(PublishError) {
        let request: JSONText = [
            "task": [
                "scheduleTime": .string("\(instant)"),
                "dispatchDeadline": .string(dispatchDeadline),
                "httpRequest": [
                    "url": .string(target.url),
                    "httpMethod": "POST",
                    "headers": ["Content-Type": "application/json"],
                    "body": .string(Base64.encode(body)),
                    "oidcToken": [
                        "serviceAccountEmail": .string(target.serviceAccount), "audience": .string(target.audience),
                    ],
                ],
            ]
        ]
        let response: TransportResponse
        do throws(GoogleAPI.Failure) {
            response = try await api.post(
                "\(baseURL)/v2/\(path)/tasks",
                body: request.bytes(),
                within: duration,
                responseBytes: Self.maximumResponseBytes
            )
        } catch {
            throw PublishError(error)
        }
        guard (200...299).contains(response.status) else { throw PublishError(response) }
        // The notice is acknowledged on this response, so it must come from Cloud Tasks itself.
        guard (try? JSONDocument(response.body, rules: Self.rules).root)?["name"]?.string?.isEmpty == false else {
            throw .unavailable("answer without a task")
        }
    }
}

/// The full name of a Cloud Tasks queue: `projects/P/locations/L/queues/Q`.
package struct QueuePath: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Parses a full name; nil if the text is not valid.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        let name = /projects\/([^\/]+)\/locations\/[a-z][a-z0-9-]{0,62}\/queues\/[A-Za-z0-9-]{1,100}/
        // Domain-scoped project IDs would need escaping in a URL, and Cloud Tasks supports none.
        guard let match = text.wholeMatch(of: name), ProjectID(match.output.1) != nil, !text.contains(":") else {
            return nil
        }
        description = text
    }
}
