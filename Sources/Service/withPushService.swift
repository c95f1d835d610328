package import HTTPEdge
package import HTTPTransport
package import Logging
internal import PushEndpoint
internal import ServiceLifecycle
package import Timestamps

/// Why the service did not start.
enum PushServiceError: Error {
    /// It ended before it listened.
    case notListening
}

/// Runs the service while a closure runs, and shuts it down gracefully before it returns.
///
/// - Parameters:
///   - settings: What the service is told.
///   - transport: Its network; it must outlive the call.
///   - time: Its clocks.
///   - edge: What one client may take of it.
///   - logger: Its audit trail.
///   - body: Gets the port on which the service listens.
/// - Returns: What the closure returns.
/// - Throws: What the closure throws, or why the service did not start.
package func withPushService<Value: Sendable>(
    _ settings: Settings,
    transport: any Transport,
    time: TimeSource = .system,
    edge: EdgeLimits = EdgeLimits(),
    logger: Logger,
    _ body: (Int) async throws -> Value
) async throws -> Value {
    let (ports, onListening) = AsyncStream.makeStream(of: Int.self)
    let service = try PushService(settings: settings, transport: transport, time: time, edge: edge, logger: logger) {
        onListening.yield($0)
    }
    let services = ServiceGroup(
        configuration: ServiceGroupConfiguration(services: service.services, logger: LogFormat.quiet(logger))
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { onListening.finish() }
            try await services.run()
        }
        var listening = ports.makeAsyncIterator()
        guard let port = await listening.next() else {
            // The service's own error says more than this one, if it had any.
            try await group.next()
            throw PushServiceError.notListening
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body(port)) } catch { result = .failure(error) }
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
        return try result.get()
    }
}
