package import Cleanup
internal import ExpiryNotices
package import HTTPEdge
package import Logging
internal import NIOHTTP1
package import PushTokens
internal import ServiceLifecycle
internal import Synchronization
package import Timestamps

/// Handles one push from top to bottom: token, envelope, notice, decision, outcome.
package final class PushHandler: Sendable {
    /// The handler's own settings.
    package struct Settings: Sendable {
        /// The subscriptions whose envelopes are accepted; empty for any.
        package var subscriptions: Set<String>
        /// How long keeping or cleaning a notice may take, once its envelope is read.
        package var timeout: Duration
        /// The audience tokens must have, for the log.
        package var audience: String
        /// The project used in the names of logged traces; nil until it is known.
        package var traceProject: @Sendable () -> String?

        package init(
            subscriptions: Set<String>,
            timeout: Duration,
            audience: String,
            traceProject: @escaping @Sendable () -> String?
        ) {
            self.subscriptions = subscriptions
            self.timeout = timeout
            self.audience = audience
            self.traceProject = traceProject
        }
    }

    /// The size above which parsing a body takes milliseconds; JIT Access's are below 10 kB.
    private static let largeBytes = 64 * 1024

    private let verifier: PushTokenVerifier
    let cleaner: NoticeCleaner
    let quarantine: Quarantine
    let republisher: Republisher
    let queue: NoticeQueue?
    private let capacity: PushCapacity
    let settings: Settings
    let time: TimeSource
    private let logger: Logger
    private let limiter: LogRateLimiter
    private let hasWarnedOfDeadLetters = Atomic(false)

    package init(
        verifier: PushTokenVerifier,
        cleaner: NoticeCleaner,
        quarantine: Quarantine,
        republisher: Republisher,
        queue: NoticeQueue?,
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
        self.queue = queue
        self.capacity = capacity
        self.settings = settings
        self.time = time
        self.logger = logger
        self.limiter = limiter
    }

    /// Processes a push request; the token is verified before the body is read.
    ///
    /// - Returns: The outcome, which has been logged.
    package func handle(_ request: EdgeRequest) async -> PushOutcome {
        var log = log(of: request)
        let outcome = await outcome(of: request, &log)
        log.write(outcome)
        return outcome
    }

    /// Logs that an authenticated push arrived at another path, since all of the subscription's messages would be lost
    /// in the end.
    package func logWrongPath(_ path: Substring, _ request: EdgeRequest) async {
        guard case .verified = await verifier.verify(credentials(of: request)) else { return }
        let message: Logger.Message = "Refused: a push to a path other than /push; fix the subscription's push endpoint"
        log(of: request).limitedLine(.error, .wrongPath, message, ["path": PushLog.short(String(path))])
    }

    private func log(of request: EdgeRequest) -> PushLog {
        PushLog(
            logger,
            limiter: limiter,
            headers: request.head.headers,
            audience: settings.audience,
            traceProject: settings.traceProject
        )
    }

    private func credentials(of request: EdgeRequest) -> PushCredentials {
        let authorization = request.head.values("authorization")
        // Only explains why the other field is missing.
        let other = authorization.isEmpty ? request.head.values("x-serverless-authorization") : []
        return PushCredentials(authorization: authorization, serverlessAuthorization: other)
    }

    private func outcome(of request: EdgeRequest, _ log: inout PushLog) async -> PushOutcome {
        guard !Task.isShuttingDownGracefully else { return .shuttingDown }
        switch await verifier.verify(credentials(of: request)) {
        case .verified: break
        case .rejected(let rejection): return .refusedToken(rejection)
        case .keysUnavailable(let error): return .keysUnavailable(error)
        }
        guard var reservation = capacity.reserve() else { return .tooManyPushes }
        defer { capacity.release(reservation) }
        let (envelope, reading): (PushEnvelope, NoticeReading)
        do throws(BodyFault) {
            // Scoped so that the body is freed once parsed.
            let body = try await PushBody(request: request, capacity: capacity).read(&reservation)
            do throws(EnvelopeFault) { (envelope, reading) = try await open(body) } catch {
                return .notAnEnvelope(error)
            }
        } catch {
            return Task.isShuttingDownGracefully ? .shuttingDown : .refusedBody(error)
        }
        log.envelope = envelope
        warnOfDeadLetters(envelope)
        // Our own notice may have been published for another subscription of the topic, or come from a Cloud Task.
        if !isTaken(envelope), !reading.isOwnNotice { return .otherSubscription(envelope.subscription) }
        switch reading {
        case .ignored(let kind): return .ignored(kind)
        case .unusable(let fault):
            return await setAside(nil, envelope, reason: "message-not-understood", detail: fault.reason)
        case .notice(let notice):
            let push = NoticePush(notice, envelope, deadline: time.uptime() + settings.timeout)
            log.push = push
            return await clean(push, log)
        }
    }

    private func isTaken(_ envelope: PushEnvelope) -> Bool {
        settings.subscriptions.isEmpty || settings.subscriptions.contains(envelope.subscription ?? "")
    }

    /// Parses a body's envelope and reads its message; large ones off the connection's event loop, where others would
    /// wait.
    private func open(_ body: [UInt8]) async throws(EnvelopeFault) -> (PushEnvelope, NoticeReading) {
        let titles = cleaner.rules.titles
        func read() throws(EnvelopeFault) -> (PushEnvelope, NoticeReading) {
            let envelope = try PushEnvelope(body)
            return (envelope, envelope.reading(titles: titles))
        }
        guard body.count > Self.largeBytes else { return try read() }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { () throws(EnvelopeFault) in try read() }
    }

    /// Warns once that a dead-letter policy cuts waits short: Pub/Sub counts delivery attempts only if there is one.
    private func warnOfDeadLetters(_ envelope: PushEnvelope) {
        guard envelope.deliveryAttempt != nil, queue == nil,
            !hasWarnedOfDeadLetters.exchange(true, ordering: .relaxed)
        else { return }
        logger.warning(
            "The subscription has a dead-letter policy, which counts each \"not ended\" as a failed delivery",
            metadata: [
                "event": "settings.warning",
                "detail":
                    "remove the dead-letter policy, or set TASK_QUEUE_PATH: waiting notices are moved away before their end",
            ]
        )
    }
}
