import LocalCloud
import Synchronization
import Timestamps

/// The machine's clocks, which a test can put forward together; whoever sleeps does so by the machine's own.
final class ForwardClock: Sendable {
    private let ahead = Mutex<Int64>(0)

    var source: TimeSource {
        TimeSource(
            now: { TimeSource.system.now().adding(seconds: self.seconds) },
            uptime: { TimeSource.system.uptime() + .seconds(self.seconds) },
            sleep: TimeSource.system.sleep
        )
    }

    func forward(_ seconds: Int64) { ahead.withLock { $0 += seconds } }

    func forward(to time: Instant) {
        ahead.withLock { $0 += TimeSource.system.now().adding(seconds: $0).wholeSeconds(until: time) }
    }

    private var seconds: Int64 { ahead.withLock { $0 } }
}

/// Sets the stage with one clock for Google's stand-in and the service, and runs a test on it.
///
/// - Parameters:
///   - settings: Changes to the service's settings.
///   - policy: The policy of ``Stage/project``; nil for a project that does not exist.
///   - clock: The clock.
///   - body: The test.
/// - Throws: What the test throws, or why the stage could not be set.
func onStage(
    _ settings: [String: String] = [:],
    policy: [UInt8]? = LocalPolicy.policy([]),
    clock: ForwardClock,
    _ body: @Sendable (Stage) async throws -> Void
) async throws {
    try await onStage(
        settings,
        policy: policy,
        options: LocalCloudOptions(time: clock.source),
        time: clock.source,
        body
    )
}
