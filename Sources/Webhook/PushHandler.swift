package import Cleanup
internal import JITAccess
package import Logging
package import NIOCore
internal import NIOHTTP1
package import PushTokens
internal import ServiceLifecycle

/// The path of one push, top to bottom: token, envelope, message, decision, answer.
package struct PushHandler: Sendable {
    private let verifier: PushTokenVerifier
    private let cleaner: ActivationCleaner
    private let quarantine: Quarantine
    private let republisher: Republisher
    private let places: PushPlaces
    private let settings: PushHandlerSettings
    private let logger: Logger
    private let limiter: LineLimiter

    /// A body that takes milliseconds to open; JIT Access's have below 10 kB.
    private static let largeBytes = 64 * 1024

    /// A handler from its parts.
    package init(
        verifier: PushTokenVerifier,
        cleaner: ActivationCleaner,
        quarantine: Quarantine,
        republisher: Republisher,
        places: PushPlaces,
        settings: PushHandlerSettings,
        logger: Logger,
        limiter: LineLimiter
    ) {
        self.verifier = verifier
        self.cleaner = cleaner
        self.quarantine = quarantine
        self.republisher = republisher
        self.places = places
        self.settings = settings
        self.logger = logger
        self.limiter = limiter
    }

    /// Answers a push request; the token is checked before the body is read.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - sender: Who waits for the answer.
    ///   - channel: Where the client may be told to send the body that it holds back; nil if there is no such place.
    /// - Returns: The answer, which has been logged.
    package func answer(
        _ request: IncomingRequest,
        to sender: PushSender,
        on channel: (any Channel)? = nil
    ) async -> PushAnswer {
        var log = PushLog(
            logger,
            limiter: limiter,
            headers: request.head.headers,
            traceProject: settings.traceProject
        )
        guard !Task.isShuttingDownGracefully else { return log.shuttingDown() }

        let credentials = PushCredentials(
            authorization: request.values("authorization"),
            serverlessAuthorization: request.values("x-serverless-authorization")
        )
        switch await verifier.verify(credentials) {
        case .verified: break
        case .rejected(let rejection): return log.refusedToken(rejection)
        case .keysUnavailable(let detail): return log.keysUnavailable(detail)
        case .overloaded: return log.overloaded()
        }

        guard var place = places.enter() else { return log.noPlace() }
        defer { places.leave(place) }
        switch await envelope(in: PushBody(request: request, channel: channel, places: places), &place, log) {
        case .failure(let refusal): return refusal.answer
        case .success(let envelope): return await answer(envelope, sender, &log)
        }
    }

    /// The envelope that the body holds; the body itself is not kept.
    private func envelope(
        in body: PushBody,
        _ place: inout PushPlaces.Place,
        _ log: PushLog
    ) async -> Result<PushEnvelope, Refusal> {
        switch await body.read(&place) {
        case .bytes(let bytes):
            do {
                return .success(try await Self.open(bytes))
            } catch {
                return .failure(Refusal(log.notAnEnvelope(error)))
            }
        case .noRoom: return .failure(Refusal(log.noRoom()))
        case .fault where Task.isShuttingDownGracefully: return .failure(Refusal(log.shuttingDown()))
        case .fault(let fault): return .failure(Refusal(log.refusedBody(fault)))
        }
    }

    /// The envelope in a body; a large one is not opened on the connection's event loop, where others would wait for it.
    private static func open(_ body: [UInt8]) async throws(EnvelopeFault) -> PushEnvelope {
        guard body.count > largeBytes else { return try PushEnvelope(body) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { () throws(EnvelopeFault) in
            try PushEnvelope(body)
        }
    }

    private func answer(_ envelope: PushEnvelope, _ sender: PushSender, _ log: inout PushLog) async -> PushAnswer {
        log.note(envelope)
        if !settings.subscriptions.isEmpty, !settings.subscriptions.contains(envelope.subscription ?? "") {
            return log.foreignSubscription(envelope.subscription)
        }
        switch MessageReader.read(data: envelope.data, origin: envelope.attributes["origin"]) {
        case .ignored(let kind):
            return log.ignored(kind)
        case .unusable(let fault):
            return await setAside(envelope, reason: "message-not-understood", detail: fault.reason, &log)
        case .activation(let activation):
            log.note(activation)
            return await clean(activation, envelope, sender, &log)
        }
    }

    private func clean(
        _ activation: Activation,
        _ envelope: PushEnvelope,
        _ sender: PushSender,
        _ log: inout PushLog
    ) async -> PushAnswer {
        let outcome = await cleaner.clean(
            activation,
            cause: envelope.messageID,
            timeout: settings.timeout - republisher.reservedTime,
            sender: sender
        )
        switch outcome {
        case .clean(let report):
            return log.cleaned(report)
        case .notEnded(let retryAfterSeconds, let googleIsBehindSeconds):
            let need = MessageNeed.notEnded(seconds: retryAfterSeconds, googleIsBehindSeconds: googleIsBehindSeconds)
            return log.stillNeeded(need, await rescue(envelope))
        case .failedForNow(let failure):
            return log.stillNeeded(.failed(failure), await rescue(envelope))
        case .interrupted:
            return log.shuttingDown()
        case .unusable(let reason):
            return await setAside(envelope, reason: reason.rawValue, detail: activation.project, &log)
        case .givenUp(let failure):
            return await setAside(envelope, reason: failure.reason, detail: failure.detail, &log)
        }
    }

    /// Saves a message that is still needed from being dropped by Pub/Sub; at shutdown that is left to the next delivery.
    private func rescue(_ envelope: PushEnvelope) async -> Republisher.Result {
        guard !Task.isShuttingDownGracefully else { return .notDue }
        return await republisher.rescue(
            data: envelope.data,
            attributes: envelope.attributes,
            publishTime: envelope.publishTime,
            deliveryAttempt: envelope.deliveryAttempt
        )
    }

    /// Gets a message out of the way that can never be acted on, without losing it; at shutdown that is left to the next
    /// delivery.
    private func setAside(
        _ envelope: PushEnvelope,
        reason: String,
        detail: String,
        _ log: inout PushLog
    ) async -> PushAnswer {
        guard !Task.isShuttingDownGracefully else { return log.shuttingDown() }
        let result = await quarantine.take(
            data: envelope.data,
            attributes: envelope.attributes,
            messageID: envelope.messageID,
            reason: reason
        )
        return log.setAside(envelope, reason: reason, detail: detail, result)
    }

    /// The answer to a push that has no envelope for us.
    private struct Refusal: Error {
        let answer: PushAnswer

        init(_ answer: PushAnswer) {
            self.answer = answer
        }
    }
}
