package import Cleanup
internal import ExpiryNotices
package import HTTPEdge
package import Logging
internal import NIOHTTP1
package import PushTokens
internal import ServiceLifecycle
internal import Synchronization
package import Timestamps

/// The path of one push, top to bottom: token, envelope, notice, decision, answer.
package final class PushHandler: Sendable {
    /// What the handler itself can be told.
    package struct Settings: Sendable {
        /// The subscriptions whose envelopes are taken; empty for any.
        package var subscriptions: Set<String>
        /// The time in which a push must be answered.
        package var timeout: Duration
        /// The project in whose name traces are logged, once it is known.
        package var traceProject: @Sendable () -> String?

        /// Settings from their parts.
        package init(
            subscriptions: Set<String>,
            timeout: Duration,
            traceProject: @escaping @Sendable () -> String?
        ) {
            self.subscriptions = subscriptions
            self.timeout = timeout
            self.traceProject = traceProject
        }
    }

    /// How long work goes on after a signal: two seconds less than the process has in all, to write the answers.
    private static let timeForWorkAfterShutdown: Duration = .seconds(6)
    /// A body that takes milliseconds to open; JIT Access's have below 10 kB.
    private static let largeBytes = 64 * 1024

    private let verifier: PushTokenVerifier
    let cleaner: NoticeCleaner
    let quarantine: Quarantine
    let republisher: Republisher
    private let capacity: PushCapacity
    private let settings: Settings
    private let time: TimeSource
    private let logger: Logger
    private let limiter: LogRateLimiter
    private let hasWarnedOfDeadLetters = Atomic(false)

    /// A handler from its parts.
    package init(
        verifier: PushTokenVerifier,
        cleaner: NoticeCleaner,
        quarantine: Quarantine,
        republisher: Republisher,
        capacity: PushCapacity,
        settings: Settings,
        time: TimeSource,
        logger: Logger,
        limiter: LogRateLimiter
    ) {
        self.verifier = verifier
        self.cleaner = cleaner
        self.quarantine = quarantine
        self.republisher = republisher
        self.capacity = capacity
        self.settings = settings
        self.time = time
        self.logger = logger
        self.limiter = limiter
    }

    /// Answers a push request; the token is checked before the body is read.
    ///
    /// - Returns: What became of it, which has been logged.
    package func answer(_ request: EdgeRequest) async -> PushOutcome {
        var log = PushLog(
            logger,
            limiter: limiter,
            headers: request.head.headers,
            traceProject: settings.traceProject
        )
        let outcome = await outcome(of: request, &log)
        log.write(outcome)
        return outcome
    }

    private func outcome(of request: EdgeRequest, _ log: inout PushLog) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .shuttingDown }
        let credentials = PushCredentials(
            authorization: request.values("authorization"),
            serverlessAuthorization: request.values("x-serverless-authorization")
        )
        switch await verifier.verify(credentials) {
        case .verified: break
        case .rejected(let rejection): return .refusedToken(rejection)
        case .keysUnavailable(let error): return .keysUnavailable(error)
        }
        guard var reservation = capacity.reserve() else { return .tooManyPushes }
        defer { capacity.release(reservation) }
        let envelope: PushEnvelope
        do throws(BodyFault) {
            // The body itself is not kept.
            let body = try await PushBody(request: request, capacity: capacity).read(&reservation)
            do throws(EnvelopeFault) { envelope = try await Self.open(body) } catch { return .notAnEnvelope(error) }
        } catch {
            return Task.isShuttingDownGracefully ? .shuttingDown : .refusedBody(error)
        }
        log.envelope = envelope
        warnOfDeadLetters(envelope)
        if !settings.subscriptions.isEmpty, !settings.subscriptions.contains(envelope.subscription ?? "") {
            return .otherSubscription(envelope.subscription)
        }
        switch NoticeReader.read(envelope) {
        case .ignored(let kind): return .ignored(kind)
        case .unusable(let fault):
            return await setAside(envelope, reason: "message-not-understood", detail: fault.reason)
        case .notice(let notice):
            log.notice = notice
            return await clean(notice, envelope)
        }
    }

    /// The envelope in a body; a large one is not opened on the connection's event loop, where others would wait for it.
    private static func open(_ body: [UInt8]) async throws(EnvelopeFault) -> PushEnvelope {
        guard body.count > largeBytes else { return try PushEnvelope(body) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { () throws(EnvelopeFault) in
            try PushEnvelope(body)
        }
    }

    private func clean(_ notice: ExpiryNotice, _ envelope: PushEnvelope) async -> PushOutcome {
        switch await outcome(of: notice) {
        case .done(let look): return .done(look)
        case .waiting(let seconds, let ahead):
            return await keep(.waiting(retryAfterSeconds: seconds, clockAheadSeconds: ahead), envelope)
        case .young(let seconds): return await keep(.young(retryAfterSeconds: seconds), envelope)
        case .failed(let failure, let isRemembered):
            // An instance that scales to zero may never see the notice a second time, so it is not given up before.
            let isOver = failure.isPermanent && !isRemembered && cleaner.isPastGivingUp(notice)
            guard isOver, republisher.isDue(publishTime: notice.publishTime) else {
                return await keep(.failed(failure), envelope)
            }
            return await setAside(notice, envelope, failure)
        case .givenUp(let failure): return await setAside(notice, envelope, failure)
        case .unusable(let reason): return await setAside(envelope, reason: reason.rawValue, detail: notice.project)
        case .interrupted: return .shuttingDown
        }
    }

    private func outcome(of notice: ExpiryNotice) async -> CleanupOutcome {
        if let outcome = cleaner.outcomeWithoutLook(notice) { return outcome }
        let timeout = settings.timeout - republisher.reservedTime
        return await Self.limited(to: timeout, time) { [cleaner] in await cleaner.clean(notice, timeout: timeout) }
    }

    /// Does a look, and cuts it short when its time is over or the service has been shutting down for a while, whatever
    /// hangs in spite of its own deadline.
    private static func limited(
        to timeout: Duration,
        _ time: TimeSource,
        _ work: @escaping @Sendable () async -> CleanupOutcome
    ) async -> CleanupOutcome {
        await withTaskGroup(of: CleanupOutcome?.self) { group in
            group.addTask { await work() }
            group.addTask {
                // A second later, since the committer's own answer says more.
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
            // What was done before it was cancelled counts.
            for await outcome in group {
                guard let outcome else { continue }
                guard case .interrupted = outcome else { return outcome }
            }
            if isShuttingDown { return .interrupted }
            return .failed(.outOfTime(last: "no answer from Google's services"), isRemembered: false)
        }
    }

    /// Says once that a dead-letter policy ends waits: Pub/Sub counts the attempts only where there is one.
    private func warnOfDeadLetters(_ envelope: PushEnvelope) {
        guard envelope.deliveryAttempt != nil,
            !hasWarnedOfDeadLetters.exchange(true, ordering: .relaxed)
        else { return }
        logger.warning(
            "The subscription has a dead-letter policy, which counts each \"not ended\" as a failed delivery",
            metadata: [
                "event": "settings.warning",
                "detail": "remove the dead-letter policy: waiting notices are moved away before their end",
            ]
        )
    }
}
