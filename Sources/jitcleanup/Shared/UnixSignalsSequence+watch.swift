internal import UnixSignals

extension UnixSignalsSequence {
    /// Watches for signals while work runs.
    ///
    /// - Parameters:
    ///   - first: Called at the first signal; cancelled when the work ends.
    ///   - second: Called at the second signal.
    ///   - work: The work to run.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws.
    func watch<Value: Sendable>(
        first: @escaping @Sendable () async -> Void,
        second: @escaping @Sendable (UnixSignal) -> Void,
        during work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var signals = self.makeAsyncIterator()
                guard await signals.next() != nil else { return }
                async let reaction: Void = first()
                if let signal = await signals.next() { second(signal) }
                await reaction
            }
            defer { group.cancelAll() }
            return try await work()
        }
    }
}
