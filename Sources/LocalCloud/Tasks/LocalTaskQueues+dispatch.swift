internal import HTTPTransport
internal import Synchronization
internal import Timestamps

extension LocalTaskQueues {
    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await task in starting { group.addTask { await self.dispatch(task) } }
        }
    }

    /// Calls a task's target at its time, and again until it gets a 2xx or the task is gone.
    private func dispatch(_ task: LocalTask) async {
        guard let queue = state.withLock({ $0.queues[task.queue] }) else { return }
        let expiry = task.created.adding(seconds: Self.retentionSeconds)
        var (attempt, answered) = (0, 0)
        var wait = sender.time.now().duration(until: task.time) - queue.settings.clockAhead
        let interval = Duration.seconds(1) / queue.settings.maximumPerSecond
        while (try? await sender.time.sleep(wait)) != nil, await queue.slots.enter() {
            defer { queue.slots.leave() }
            guard await queue.pace.pass(sender.time, after: { interval }) else { break }
            guard state.withLock({ $0.tasks[task.id] }) != nil, sender.time.now() < expiry else { break }
            attempt += 1
            let answer = await call(task, attempt, answered)
            // Google does not count answers of 5xx.
            if let status = answer.status, status < 500 { answered += 1 }
            if let status = answer.status, (200...299).contains(status) { break }
            wait = max(Self.backoff(attempt, queue.settings), answer.retryAfter)
        }
        state.withLock { $0.tasks[task.id] = nil }
    }

    private func call(
        _ task: LocalTask,
        _ attempt: Int,
        _ answered: Int
    ) async -> (status: Int?, retryAfter: Duration) {
        let (start, uptime) = (sender.time.now(), sender.time.uptime())
        let eta = "\(task.time.seconds).\(String(1_000_000 + task.time.nanoseconds / 1000).dropFirst())"
        var headers = [
            ("User-Agent", "Google-Cloud-Tasks"),
            ("X-CloudTasks-QueueName", "\(task.queue.split(separator: "/").last ?? "")"),
            ("X-CloudTasks-TaskName", task.id), ("X-CloudTasks-TaskRetryCount", "\(attempt - 1)"),
            ("X-CloudTasks-TaskExecutionCount", "\(answered)"), ("X-CloudTasks-TaskETA", eta),
        ]
        if let type = task.contentType { headers.append(("Content-Type", type)) }
        let (outcome, answer) = await sender.send(
            task.body,
            to: state.withLock { $0.target } ?? task.url,
            headers: headers,
            .token(task.identity),
            deadline: task.deadline
        )
        log.add(
            DeliveryRecord(
                subscription: task.queue,
                messageID: task.messageID,
                attempt: attempt,
                time: start,
                elapsed: sender.time.uptime() - uptime,
                outcome: outcome
            )
        )
        let seconds = answer?.header("retry-after").flatMap { Int64($0) } ?? 0
        return (answer?.status, .seconds(seconds))
    }

    /// Doubles at first, then grows by the last step, up to the longest.
    private static func backoff(_ attempt: Int, _ settings: Settings) -> Duration {
        let doublings = min(attempt - 1, settings.maximumDoublings)
        let step = settings.minimumBackoff * (1 << doublings)
        return min(step * max(1, attempt - doublings), settings.maximumBackoff)
    }
}
