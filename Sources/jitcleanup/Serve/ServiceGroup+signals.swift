internal import ServiceLifecycle
internal import UnixSignals

#if canImport(Glibc)
    internal import Glibc
#endif

extension ServiceGroup {
    /// Runs the services; a first signal shuts them down gracefully, a second one ends the process where it stands.
    ///
    /// The group's own handling would swallow the second one.
    ///
    /// - Throws: What a service throws.
    func run(until signals: UnixSignalsSequence) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.run() }
            group.addTask {
                var signals = signals.makeAsyncIterator()
                guard await signals.next() != nil else { return }
                await self.triggerGracefulShutdown()
                guard let second = await signals.next() else { return }
                // As a shell reports a process that a signal has ended. Nothing is lost: an unanswered push comes again.
                _exit(128 + second.rawValue)
            }
            // The watch over the signals ends only when it is cancelled.
            try await group.next()
            group.cancelAll()
        }
    }
}
