internal import GoogleCloud
internal import ServiceLifecycle
internal import Synchronization

/// The service's own project, for log traces: from the settings, or once from the metadata server.
///
/// Nothing waits for it: until it is known, lines are logged without their trace.
final class ProjectLookup: Service {
    /// Whether the metadata server has to be asked.
    let isNeeded: Bool
    private let known: Mutex<String?>
    private let metadata: MetadataTokenSource

    init(_ configured: String?, metadata: MetadataTokenSource) {
        isNeeded = configured == nil
        known = Mutex(configured)
        self.metadata = metadata
    }

    /// The project's ID once it is known.
    var project: @Sendable () -> String? {
        { self.known.withLock { $0 } }
    }

    func run() async throws {
        let found = try? await cancelWhenGracefulShutdown { try await self.metadata.projectID() }
        if let found { known.withLock { $0 = found.value } }
        // A service that returns would end the others.
        try? await gracefulShutdown()
    }
}
