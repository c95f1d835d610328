internal import NIOCore

/// Runs a connection's tasks on the event loop that it belongs to, one step at a time between reads and writes.
///
/// Otherwise each step of a push that waits for anything (a part of its body, a place in a queue, its answer's way out)
/// would wake a thread of the task pool, and the answer the event loop's again. What takes long has threads of its own:
/// signature checks and calls to Google.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        // Runs exactly once, since the process's own event loops never end; the executor is kept until then.
        let job = UnownedJob(job)
        eventLoop.execute { [self] in
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
