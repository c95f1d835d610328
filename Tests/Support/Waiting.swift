internal import Timestamps

/// Waits until something is true that happens beside; far longer than it takes on a busy machine.
///
/// - Throws: ``NeverTrue`` if the time is over, `CancellationError`, or what the condition throws.
package func waitUntil(
    atMost limit: Duration = .seconds(60),
    _ isTrue: () async throws -> Bool
) async throws {
    let deadline = TimeSource.system.uptime() + limit
    while try await !isTrue() {
        guard TimeSource.system.uptime() < deadline else { throw NeverTrue() }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// What was waited for did not come true.
package struct NeverTrue: Error {}
