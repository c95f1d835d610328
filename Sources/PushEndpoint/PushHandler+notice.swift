internal import Cleanup
internal import ExpiryNotices
internal import GoogleCloud
internal import ServiceLifecycle
internal import Timestamps

/// Processing a notice: decision, look, and keeping it while it is needed.
extension PushHandler {
    /// How long work may continue after a shutdown signal: two seconds less than the process has in all, which leaves
    /// time to write the responses.
    private static let timeForWorkAfterShutdown: Duration = .seconds(6)

    func clean(_ push: NoticePush, _ log: PushLog) async -> PushOutcome {
        let now = time.now()
        let outcome: CleanupOutcome
        switch CleanupDecision.first(push.notice, cleaner.rules, now: now) {
        case .outcome(let known): outcome = known
        case .look(let resource):
            let timeout = settings.timeout - reservedTime
            outcome = await Self.limited(to: timeout, time) { [cleaner] in
                await cleaner.look(at: resource, for: push.notice, now: now, timeout: timeout) { log.writeAddedDead() }
            }
        }
        switch outcome {
        case .done(let look): return .done(look)
        case .ended(let look, let next): return await handOn(next, after: look, push)
        case .needed(let need): return await keep(need, push)
        case .ignored(let kind): return .ignored(kind)
        case .givenUp(let failure):
            return await setAside(push.notice, push.envelope, reason: failure.reason, detail: failure.detail)
        case .unusable(let why):
            let detail = why.detail(push.notice.resource)
            return await setAside(push.notice, push.envelope, reason: why.rawValue, detail: detail)
        case .interrupted: return .shuttingDown
        }
    }

    /// The part of the time limit reserved for keeping the notice afterwards.
    private var reservedTime: Duration {
        republisher.reservedTime + (queue == nil ? .zero : min(.seconds(5), settings.timeout / 4))
    }

    /// Runs a look, and cancels it when its time is over or the service has been shutting down for a while, even if it
    /// ignores its own deadline.
    private static func limited(
        to timeout: Duration,
        _ time: TimeSource,
        _ work: @escaping @Sendable () async -> CleanupOutcome
    ) async -> CleanupOutcome {
        await withTaskGroup(of: CleanupOutcome?.self) { group in
            group.addTask { await work() }
            group.addTask {
                // One second longer, since the committer's own failure is more specific.
                try? await time.sleep(timeout + .seconds(1))
                return nil
            }
            group.addTask {
                try? await gracefulShutdown()
                try? await time.sleep(timeForWorkAfterShutdown)
                return nil
            }
            let first = await group.next() ?? nil
            let isShuttingDown = Task.isShuttingDownGracefully
            group.cancelAll()
            if let first { return first }
            // Work completed before the cancellation counts.
            for await outcome in group {
                guard let outcome else { continue }
                guard case .interrupted = outcome else { return outcome }
            }
            if isShuttingDown { return .interrupted }
            return .needed(.failed(.outOfTime(last: "no answer from Google's services")))
        }
    }
}

/// A notice, the envelope it came in, and the uptime at which the time limit of its push ends.
///
/// A class, as the envelope is: otherwise each suspended call on the way would hold copies of it all.
final class NoticePush: Sendable {
    let notice: ExpiryNotice
    let envelope: PushEnvelope
    let deadline: Duration

    init(_ notice: ExpiryNotice, _ envelope: PushEnvelope, deadline: Duration) {
        self.notice = notice
        self.envelope = envelope
        self.deadline = deadline
    }
}
