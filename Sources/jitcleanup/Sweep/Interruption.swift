internal import Timestamps
internal import UnixSignals

/// SIGINT and SIGTERM, for work that must not be cut in the middle of a write.
enum Interruption {
    /// How many seconds work in flight may go on after the first signal; Cloud Run kills the process after 10.
    static let shutdownSeconds = 8

    private enum Event<Value: Sendable>: Sendable {
        case finished(Value)
        case isCut
        case notCut
    }

    /// Runs work that a first signal asks to stop, and that a second one, or the end of that time, cancels.
    ///
    /// - Parameters:
    ///   - note: Told what is going on.
    ///   - work: Is told to stop; must return soon after it, and at once when its task is cancelled.
    /// - Returns: What the work returns.
    static func watch<Value: Sendable>(
        onFirstSignal note: @escaping @Sendable (String) -> Void,
        _ work: @escaping @Sendable (StopRequest) async -> Value
    ) async -> Value {
        let stop = StopRequest()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let (firstSignals, onFirst) = AsyncStream.makeStream(of: Void.self)
        return await withTaskGroup(of: Event<Value>.self) { group in
            group.addTask {
                for await _ in signals {
                    if stop.isRequested { return .isCut }
                    stop.request()
                    onFirst.yield()
                    note("Interrupted: writes in flight have \(shutdownSeconds) s to end; once more to stop now")
                }
                return .notCut
            }
            group.addTask {
                for await _ in firstSignals {
                    do { try await TimeSource.system.sleep(.seconds(shutdownSeconds)) } catch { return .notCut }
                    return .isCut
                }
                return .notCut
            }
            return await finish(&group, work, stop)
        }
    }

    private static func finish<Value: Sendable>(
        _ group: inout TaskGroup<Event<Value>>,
        _ work: @escaping @Sendable (StopRequest) async -> Value,
        _ stop: StopRequest
    ) async -> Value {
        // A task of its own, so that it can be cancelled apart from the group and still be waited for.
        let task = Task { await work(stop) }
        group.addTask { .finished(await task.value) }
        while let event = await group.next() {
            switch event {
            case .finished: group.cancelAll()
            case .isCut: task.cancel()
            case .notCut: break
            }
        }
        return await task.value
    }
}
