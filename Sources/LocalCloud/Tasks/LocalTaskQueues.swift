internal import Base64
internal import HTTPTransport
internal import LosslessJSON
internal import Synchronization
package import Timestamps

/// Cloud Tasks, as far as tasks with an HTTP target go: they are made, come at their time with a signed token, come again
/// until they get a 2xx, and are deleted 31 days after they were made.
///
/// https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks
package final class LocalTaskQueues: Sendable {
    /// How a queue tries again (https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig);
    /// the defaults are those that the service asks for, not Google's own.
    package struct Settings: Sendable {
        package var minimumBackoff: Duration = .seconds(10)
        package var maximumBackoff: Duration = .seconds(600)
        package var maximumDoublings = 6
        package var maximumConcurrent = 1000
        /// By how much the queue's clock is ahead: tasks come so much too early.
        package var clockAhead: Duration = .zero

        package init() {}
    }

    struct Queue {
        let settings: Settings
        let slots: DeliverySlots
        /// Whether the caller may make tasks.
        var isDenied = false
    }

    struct State {
        var queues: [String: Queue] = [:]
        var tasks: [String: LocalTask] = [:]
        var made: [LocalTask] = []
        var lastID = 7_135_000_000_000_000_000
        /// Where all tasks call, whatever their URL.
        var target: String?
    }

    static let retentionSeconds: Int64 = 31 * 86_400
    private static let maximumAheadSeconds: Int64 = 720 * 3600
    private static let maximumTaskBytes = 1 << 20
    private static let rules = JSONRules(maximumDepth: 16, maximumBytes: maximumTaskBytes, allowsNUL: true)

    let sender: PushSender
    let log: DeliveryLog
    let state = Mutex(State())
    /// Tasks that wait from now on.
    let starting: AsyncStream<LocalTask>
    private let start: AsyncStream<LocalTask>.Continuation

    init(sender: PushSender, log: DeliveryLog) {
        self.sender = sender
        self.log = log
        (starting, start) = AsyncStream.makeStream()
    }

    /// Makes a queue, `projects/P/locations/L/queues/Q`.
    package func createQueue(_ name: String, _ settings: Settings = Settings()) {
        let slots = DeliverySlots(limit: settings.maximumConcurrent)
        state.withLock { $0.queues[name] = Queue(settings: settings, slots: slots) }
    }

    /// Makes all tasks call there, whatever their URL: a service on this machine has another one than its tasks say.
    package func setTarget(_ url: String) { state.withLock { $0.target = url } }

    /// Refuses to make tasks in a queue from now on, or makes them again.
    package func setDenied(_ isDenied: Bool, on name: String) {
        state.withLock { $0.queues[name]?.isDenied = isDenied }
    }

    /// Holds all tasks of a queue back; new ones are taken.
    package func pause(_ name: String) { state.withLock { $0.queues[name]?.slots }?.setOpen(false) }

    /// Lets them go again.
    package func resume(_ name: String) { state.withLock { $0.queues[name]?.slots }?.setOpen(true) }

    /// Deletes all tasks of a queue.
    package func purge(_ name: String) {
        state.withLock { state in state.tasks = state.tasks.filter { $0.value.queue != name } }
    }

    /// The tasks of a queue that are there, by their times.
    package func tasks(in name: String) -> [LocalTask] {
        state.withLock { $0.tasks.values.filter { $0.queue == name } }.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    }

    /// Every task that was ever made in a queue, oldest first.
    package func made(in name: String) -> [LocalTask] { state.withLock { $0.made.filter { $0.queue == name } } }

    /// `POST /v2/{queue}/tasks`.
    func create(_ name: String, body: [UInt8]) -> LocalReply {
        do throws(GoogleError) {
            let task = try state.withLock { (state: inout State) throws(GoogleError) in try make(name, body, &state) }
            start.yield(task)
            return LocalReply(json: task.answer)
        } catch {
            return error.reply
        }
    }

    private func make(_ name: String, _ body: [UInt8], _ state: inout State) throws(GoogleError) -> LocalTask {
        guard let queue = state.queues[name] else {
            throw GoogleError(
                status: 404,
                code: "NOT_FOUND",
                message: "Queue does not exist. If you just created the queue, wait at least a minute for the queue to "
                    + "initialize."
            )
        }
        guard !queue.isDenied else {
            throw GoogleError(
                status: 403,
                code: "PERMISSION_DENIED",
                message:
                    "The principal (user or service account) lacks IAM permission \"cloudtasks.tasks.create\" for the "
                    + "resource \"\(name)\" (or the resource may not exist)."
            )
        }
        guard body.count <= Self.maximumTaskBytes else { throw .invalidArgument("Task size too large") }
        guard let root = try? JSONDocument(body, rules: Self.rules).root, let task = root["task"] else {
            throw .invalidArgument("Invalid JSON payload received.")
        }
        state.lastID += 1
        let now = sender.time.now()
        var made = try LocalTask(task, queue: name, id: "\(state.lastID)", now: now)
        made.request = body
        guard now.wholeSeconds(until: made.time) <= Self.maximumAheadSeconds else {
            throw .invalidArgument(
                "The Task.scheduleTime, \(made.time), is too far in the future. Schedule time must be no more than 720h in "
                    + "the future."
            )
        }
        state.tasks[made.id] = made
        state.made.append(made)
        return made
    }
}

/// A task with an HTTP target.
package struct LocalTask: Sendable {
    package let queue: String
    package let id: String
    /// When it is to come.
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

    /// The answer to its creation, without the body.
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
