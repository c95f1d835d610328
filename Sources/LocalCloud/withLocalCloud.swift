package import HTTPTransport

/// Why a local cloud did not start.
package enum LocalCloudError: Error, Equatable, Sendable {
    /// The server ended before it listened.
    case notListening
}

/// Runs a ``LocalCloud`` while a closure runs, and ends it with all its tasks before it returns.
///
/// - Parameters:
///   - options: What the cloud is like.
///   - transport: What pushes are sent with.
///   - body: What is done with the cloud.
/// - Returns: What the closure returns.
/// - Throws: What the closure throws; ``SigningError`` or ``LocalCloudError`` or a socket's error if the cloud cannot
///   start.
package func withLocalCloud<Result>(
    _ options: LocalCloudOptions = LocalCloudOptions(),
    transport: any Transport,
    _ body: (LocalCloud) async throws -> Result
) async throws -> Result {
    let service = try LocalCloudService(options, transport: transport)
    let (ports, onRunning) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { onRunning.finish() }
            try await LoopbackServer(service: service).run(port: options.port) { onRunning.yield($0) }
        }
        group.addTask { await service.pubSub.run() }
        group.addTask { await service.tasks.run() }
        var listening = ports.makeAsyncIterator()
        guard let port = await listening.next() else {
            // The server's own error says more than this one, if it had any.
            try await group.next()
            throw LocalCloudError.notListening
        }
        defer {
            service.deliveries.finish()
            group.cancelAll()
        }
        return try await body(LocalCloud(service, port: port))
    }
}
