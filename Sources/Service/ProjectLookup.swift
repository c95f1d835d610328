internal import GoogleCloud
internal import ServiceLifecycle
internal import Synchronization

/// Finds the service's own project for log traces: from the settings, or once from the metadata server.
///
/// Nothing waits for it: until the project is known, lines are logged without their trace.
final class ProjectLookup: Service {
    /// Whether the metadata server must be queried.
    let isNeeded: Bool
    private let known: Mutex<String?>
    private let metadata: MetadataServer

    init(_ configured: String?, metadata: MetadataServer) {
        isNeeded = configured == nil
        known = Mutex(configured)
        self.metadata = metadata
    }

    /// Returns the project's ID, or nil until it is known.
    var project: @Sendable () -> String? {
        { self.known.withLock { $0 } }
    }

    func run() async throws {
        let found = try? await cancelWhenGracefulShutdown { try await self.metadata.projectID() }
        if let found { known.withLock { $0 = found.value } }
        // Returning early would shut down the whole group.
        try? await gracefulShutdown()
    }
}
