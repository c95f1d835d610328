internal import NIOCore

/// A deadline that moves often and is rarely reached.
///
/// Moving it to a later time costs nothing: the task runs at the earlier time and finds that there is nothing to do yet.
struct LazyTimer {
    private var task: Scheduled<Void>?
    private var wakesAt: NIODeadline = .distantFuture

    /// Makes sure that somebody looks at the deadline when it is there.
    ///
    /// - Parameters:
    ///   - deadline: When.
    ///   - eventLoop: The connection's own.
    ///   - wake: Has to call ``wokeUp()``, and to set the timer anew if the deadline has moved.
    mutating func set(_ deadline: NIODeadline, on eventLoop: any EventLoop, _ wake: @escaping () -> Void) {
        guard deadline < wakesAt else { return }
        task?.cancel()
        wakesAt = deadline
        task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline, wake)
    }

    /// The task has run.
    mutating func wokeUp() {
        task = nil
        wakesAt = .distantFuture
    }

    /// Nobody is interested any more.
    mutating func cancel() {
        task?.cancel()
        wokeUp()
    }
}
