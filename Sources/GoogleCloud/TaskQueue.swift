internal import Base64
package import HTTPTransport
internal import LosslessJSON
package import Timestamps

/// Cloud Tasks calls a URL at a given time, and again until it gets a 2xx
/// (https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create).
///
/// Tasks have no names of ours: a name cannot be used again for a day, so a replay could not make a purged task anew. A
/// lost answer may leave two tasks.
package struct TaskQueue: Sendable {
    /// Where tasks call, and as whom.
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

    /// Cloud Tasks takes 30 days, and deletes a task 31 days after it was made
    /// (https://docs.cloud.google.com/tasks/docs/quotas); this leaves room for retries.
    package static let maximumSecondsAhead: Int64 = 25 * 86_400
    /// What Cloud Tasks takes as the time in which a call must be answered.
    private static let dispatchSeconds: ClosedRange<Int64> = 15...1800
    private static let maximumResponseBytes = 64 * 1024
    private static let rules = JSONRules(maximumDepth: 32, maximumBytes: maximumResponseBytes)

    private let path: QueuePath
    private let target: Target
    private let dispatchDeadline: String
    private let baseURL: String
    private let api: GoogleAPI

    /// A queue.
    ///
    /// - Parameters:
    ///   - path: Its name.
    ///   - target: Where its tasks call.
    ///   - answerSeconds: The longest time that an answer takes; Cloud Tasks waits a little longer, or it would call again
    ///     meanwhile.
    ///   - baseURL: The service's URL without a slash at its end.
    ///   - transport: The network.
    ///   - tokens: Where access tokens come from.
    ///   - time: The clocks.
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

    /// Makes a task that posts a body.
    ///
    /// - Parameters:
    ///   - body: JSON.
    ///   - instant: When; one that has passed means at once.
    ///   - duration: The time for all of it.
    /// - Throws: ``PublishError``; after ``PublishError/unavailable(_:)`` the task may be there all the same.
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
        // The notice is acknowledged for this, so it must be Cloud Tasks' own word.
        guard (try? JSONDocument(response.body, rules: Self.rules).root)?["name"]?.string?.isEmpty == false else {
            throw .unavailable("answer without a task")
        }
    }
}

/// The full name of a Cloud Tasks queue: `projects/P/locations/L/queues/Q`.
package struct QueuePath: Hashable, Sendable, CustomStringConvertible {
    /// The name as it is written.
    package let description: String

    /// Reads a full name; nil for anything that is none.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        let name = /projects\/([^\/]+)\/locations\/[a-z][a-z0-9-]{0,62}\/queues\/[A-Za-z0-9-]{1,100}/
        // A project of a domain would need escapes in a URL, and Cloud Tasks has none of those.
        guard let match = text.wholeMatch(of: name), ProjectID(match.output.1) != nil, !text.contains(":") else {
            return nil
        }
        description = text
    }
}
