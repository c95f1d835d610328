package import HTTPEdge
package import HTTPTransport
package import Logging
internal import PushEndpoint
internal import ServiceLifecycle
package import Timestamps

/// Why the service did not start.
enum PushServiceError: Error {
    /// It ended before it was listening.
    case notListening
}

/// Runs the service for the duration of a closure, and shuts it down gracefully before returning.
///
/// - Parameters:
///   - settings: The service's settings.
///   - transport: The service's HTTP client; it must outlive the call.
///   - time: The service's source of time.
///   - edge: The limits on what one client may use.
///   - logger: The logger for the audit trail.
///   - body: The closure to run, given the port the service listens on.
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
            // The service's own error, if any, is more specific than this one.
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
