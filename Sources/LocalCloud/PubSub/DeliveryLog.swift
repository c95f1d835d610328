internal import Synchronization
package import Timestamps

/// Why an expected delivery did not come.
package enum DeliveryWaitError: Error, Equatable, Sendable {
    case timedOut
    case cancelled
}

/// Every delivery, as it happens.
package final class DeliveryLog: Sendable {
    /// Older records are dropped beyond this number.
    package static let maximumRecords = 50_000

    private struct State {
        var records: [DeliveryRecord] = []
        var listeners: [AsyncStream<DeliveryRecord>.Continuation] = []
    }

    private let state = Mutex(State())

    init() {}

    /// The deliveries so far, oldest first.
    package var records: [DeliveryRecord] { state.withLock { $0.records } }

    /// The deliveries of one message so far, oldest first.
    package func records(of messageID: String) -> [DeliveryRecord] {
        records.filter { $0.messageID == messageID }
    }

    /// The deliveries as they happen.
    ///
    /// - Parameter includingPast: Whether those so far come first.
    /// - Returns: The deliveries; the stream ends with the cloud.
    package func stream(includingPast: Bool = false) -> AsyncStream<DeliveryRecord> {
        let (stream, continuation) = AsyncStream.makeStream(of: DeliveryRecord.self)
        state.withLock { state in
            if includingPast { for record in state.records { continuation.yield(record) } }
            state.listeners.append(continuation)
        }
        return stream
    }

    /// Waits for a delivery, those so far included.
    ///
    /// - Parameters:
    ///   - limit: How long to wait.
    ///   - time: What measures that.
    ///   - matches: Which delivery it is to be.
    /// - Returns: The delivery.
    /// - Throws: ``DeliveryWaitError``.
    @discardableResult
    package func wait(
        atMost limit: Duration,
        time: TimeSource = .system,
        for matches: @escaping @Sendable (DeliveryRecord) -> Bool
    ) async throws(DeliveryWaitError) -> DeliveryRecord {
        let records = stream(includingPast: true)
        let found = await withTaskGroup(of: DeliveryRecord?.self) { group in
            group.addTask {
                for await record in records where matches(record) { return record }
                return nil
            }
            group.addTask {
                // Cancelled when the record came first.
                try? await time.sleep(limit)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        if let found { return found }
        throw Task.isCancelled ? .cancelled : .timedOut
    }

    @discardableResult
    package func waitUntilAcknowledged(
        _ messageID: String,
        atMost limit: Duration
    ) async throws(DeliveryWaitError) -> DeliveryRecord {
        try await wait(atMost: limit) { $0.messageID == messageID && $0.isAcknowledged }
    }

    func add(_ record: DeliveryRecord) {
        state.withLock { state in
            if state.records.count == Self.maximumRecords { state.records.removeFirst(Self.maximumRecords / 2) }
            state.records.append(record)
            // A listener that has gone says so here, which saves a hop back from its end.
            state.listeners.removeAll { listener in
                if case .terminated = listener.yield(record) { true } else { false }
            }
        }
    }

    /// Ends all streams.
    func finish() {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners { listener.finish() }
    }
}
