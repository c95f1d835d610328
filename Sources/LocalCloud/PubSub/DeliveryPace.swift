internal import Synchronization
internal import Timestamps

/// Lets deliveries pass one after the other, each a pause after the one before it.
final class DeliveryPace: Sendable {
    private let turn = DeliverySlots(limit: 1)
    private let last = Mutex<Duration?>(nil)

    /// Waits until the pause is over; false if the task was cancelled first.
    func pass(_ time: TimeSource, after pause: () -> Duration) async -> Bool {
        guard await turn.enter() else { return false }
        defer { turn.leave() }
        let wait = last.withLock { $0.map { $0 + pause() - time.uptime() } ?? .zero }
        if wait > .zero, (try? await time.sleep(wait)) == nil { return false }
        last.withLock { $0 = time.uptime() }
        return true
    }
}
