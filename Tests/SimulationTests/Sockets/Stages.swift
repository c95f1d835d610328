import Synchronization
import SystemPackage

/// Where a simulation has got to: told if it takes far too long, since one that waits for ever says nothing by itself.
final class Stages: Sendable {
    /// Longer than a simulation takes on any machine, and shorter than the tests may.
    private static let patience: Duration = .seconds(300)

    private let stages = Mutex<[String: String]>([:])

    /// Notes what a part of the simulation does now.
    func enter(_ stage: String, _ part: String = "simulation") { stages.withLock { $0[part] = stage } }

    /// Does something, and says on standard error how far it is if it does not end in time.
    func watch<Result>(_ name: String, _ body: () async throws -> Result) async rethrows -> Result {
        let reporter = Task.detached {
            try await Task.sleep(for: Self.patience)
            let text = self.stages.withLock { $0.map { "\n  \($0): \($1)" }.sorted().joined() }
            _ = try FileDescriptor.standardError.writeAll("\(name) takes long:\(text)\n".utf8)
        }
        defer { reporter.cancel() }
        return try await body()
    }
}
