package import Timestamps

/// Cuts work short whose time is over, so that whoever waits for its answer gets one.
///
/// For what hangs in spite of its own deadlines, and for what would outlive the service. A piece of work costs one child
/// task; one timer watches over all of them, in ``run()``.
package final class Curfew: Sendable {
    /// How a piece of work ended.
    package enum Ending: Sendable {
        /// By itself.
        case done
        /// It was cancelled, as its time was over.
        case outOfTime
        /// It was cancelled with its caller, or because the service is shutting down.
        case interrupted
    }

    private let waits: TimedWaits<Ending>

    /// A curfew by the machine's own clock, unless told otherwise: what hangs knows no other.
    package init(time: TimeSource = .system) {
        waits = TimedWaits(time: time, whenOver: .outOfTime, whenInterrupted: .interrupted)
    }

    /// Watches over all work, until the task is cancelled.
    package func run() async {
        await waits.run()
    }

    /// Interrupts what is still being worked on after so long.
    package func shutDown(in duration: Duration) {
        waits.endAll(in: duration)
    }

    /// Does a piece of work, and cancels it when its time is over.
    ///
    /// - Parameters:
    ///   - duration: Its time.
    ///   - work: The work; it has to return soon once it is cancelled.
    /// - Returns: What the work returned in the end, and why that was the end.
    package func limit<Value: Sendable>(
        to duration: Duration,
        _ work: @escaping @Sendable () async -> Value
    ) async -> (value: Value, ending: Ending) {
        // Without a ticket nobody watches any more, so the work must not go on.
        let ticket = try? waits.enter(for: duration)
        return await withTaskGroup(of: Value.self) { [waits] group in
            group.addTask {
                let value = await work()
                if let ticket { waits.end(ticket, .done) }
                return value
            }
            let ending = if let ticket { await waits.wait(ticket) } else { Ending.interrupted }
            group.cancelAll()
            guard let value = await group.next() else { preconditionFailure("the only child has no result") }
            return (value, ending)
        }
    }
}
