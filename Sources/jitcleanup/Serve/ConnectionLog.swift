internal import Logging
internal import Synchronization
internal import Timestamps

/// Says that connections are being closed to make room: once a minute at most, since it can be thousands a second.
final class ConnectionLog: Sendable {
    private static let interval: Duration = .seconds(60)

    private struct State {
        var last: Duration?
        var logged = 0
    }

    private let logger: Logger
    private let time: TimeSource
    private let state = Mutex(State())

    init(_ logger: Logger, time: TimeSource) {
        self.logger = logger
        self.time = time
    }

    /// - Parameter connections: How many there have been in all.
    func shed(_ connections: Int) {
        let now = time.uptime()
        let news: Int? = state.withLock { state in
            if let last = state.last, now - last < Self.interval { return nil }
            defer { state = State(last: now, logged: connections) }
            return connections - state.logged
        }
        guard let news else { return }
        logger.warning(
            "Connections without a request have been closed, to make room for others",
            metadata: ["event": "connections.shed", "count": .stringConvertible(news)]
        )
    }
}
