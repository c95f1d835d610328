internal import HTTPTransport
internal import LosslessJSON
internal import Synchronization
internal import Timestamps

/// Cloud Tasks, as far as tasks with an HTTP target go: they are made, come at their time with a signed token, come again
/// until they get a 2xx, and are deleted 31 days after they were made.
///
/// https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks
package final class LocalTaskQueues: Sendable {
    /// How a queue tries again (https://docs.cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues#RetryConfig);
    /// the defaults are those of `deploy.sh`, not Google's own.
    package struct Settings: Sendable {
        package var minimumBackoff: Duration = .seconds(10)
        package var maximumBackoff: Duration = .seconds(600)
        package var maximumDoublings = 6
        package var maximumConcurrent = 40
        /// How many dispatches there are in a second; the rest wait.
        package var maximumPerSecond = 20
        /// How far the queue's clock is ahead: tasks run this much too early.
        package var clockAhead: Duration = .zero

        package init() {}
    }

    /// What a caller needs to make a task (https://docs.cloud.google.com/tasks/docs/creating-http-target-tasks).
    package enum Permission: String, Sendable {
        case create = "cloudtasks.tasks.create"
        /// On the account that the task calls as, even if it is the caller's own.
        case actAs = "iam.serviceAccounts.actAs"
    }

    struct Queue {
        let settings: Settings
        let slots: DeliverySlots
        let pace = DeliveryPace()
        /// What the caller lacks.
        var missing: Permission?
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

    /// Makes all tasks call this URL, whatever their own: a service on this machine has a different URL than its tasks
    /// state.
    package func setTarget(_ url: String) { state.withLock { $0.target = url } }

    /// Takes a permission to make tasks in a queue away from the caller, or with nil gives it back.
    package func setMissing(_ permission: Permission?, on name: String) {
        state.withLock { $0.queues[name]?.missing = permission }
    }

    /// Holds all tasks of a queue back; new ones are taken.
    package func pause(_ name: String) { state.withLock { $0.queues[name]?.slots }?.setOpen(false) }

    /// Releases the tasks held by ``pause(_:)``.
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
        guard body.count <= Self.maximumTaskBytes else { throw .invalidArgument("Task size too large") }
        guard let root = try? JSONDocument(body, rules: Self.rules).root, let task = root["task"] else {
            throw .invalidArgument("Invalid JSON payload received.")
        }
        state.lastID += 1
        let now = sender.time.now()
        var made = try LocalTask(task, queue: name, id: "\(state.lastID)", now: now)
        if let missing = queue.missing {
            let resource = missing == .create ? name : made.identity.email
            throw GoogleError(
                status: 403,
                code: "PERMISSION_DENIED",
                message: "The principal (user or service account) lacks IAM permission \"\(missing.rawValue)\" for the "
                    + "resource \"\(resource)\" (or the resource may not exist)."
            )
        }
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
