package import Cleanup
internal import HTTPTypes
internal import Hummingbird
internal import JITAccess
package import Logging
internal import NIOCore
package import PushTokens
internal import ServiceLifecycle
package import Timestamps

/// The path of one push, top to bottom: token, envelope, message, decision, answer.
package struct PushHandler: Sendable {
    private let verifier: PushTokenVerifier
    private let cleaner: ActivationCleaner
    private let quarantine: Quarantine
    private let republisher: Republisher
    private let places: PushPlaces
    private let settings: PushHandlerSettings
    private let time: TimeSource
    private let logger: Logger

    /// Two seconds less than the process has in all, to write the answers.
    private static let timeForWorkAfterShutdown: Duration = .seconds(6)

    /// A handler from its parts.
    package init(
        verifier: PushTokenVerifier,
        cleaner: ActivationCleaner,
        quarantine: Quarantine,
        republisher: Republisher,
        places: PushPlaces,
        settings: PushHandlerSettings,
        time: TimeSource,
        logger: Logger
    ) {
        self.verifier = verifier
        self.cleaner = cleaner
        self.quarantine = quarantine
        self.republisher = republisher
        self.places = places
        self.settings = settings
        self.time = time
        self.logger = logger
    }

    /// Answers a push request; the token is checked before the body is read.
    func answer(_ request: Request, on channel: any Channel) async -> PushAnswer {
        var log = PushLog(logger, headers: request.headers, traceProject: settings.traceProject())
        guard !Task.isShuttingDownGracefully else { return log.shuttingDown() }

        let credentials = PushCredentials(
            authorization: request.headers[values: .authorization],
            serverlessAuthorization: request.headers[values: .serverlessAuthorization]
        )
        switch await verifier.verify(credentials) {
        case .verified: break
        case .rejected(let rejection): return log.refusedToken(rejection)
        case .keysUnavailable(let detail): return log.keysUnavailable(detail)
        case .overloaded: return log.overloaded()
        }

        guard var place = places.enter() else { return log.noPlace() }
        defer { places.leave(place) }
        let body: [UInt8]
        switch await PushBody(request: request, channel: channel, places: places).read(&place) {
        case .bytes(let bytes): body = bytes
        case .noRoom: return log.noRoom()
        case .fault where Task.isShuttingDownGracefully: return log.shuttingDown()
        case .fault(let fault): return log.refusedBody(fault)
        }
        let envelope: PushEnvelope
        do { envelope = try PushEnvelope(body) } catch { return log.notAnEnvelope(error) }
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
            return await clean(activation, envelope, PushSender(channel), &log)
        }
    }

    private func clean(
        _ activation: Activation,
        _ envelope: PushEnvelope,
        _ sender: PushSender,
        _ log: inout PushLog
    ) async -> PushAnswer {
        let outcome = await endingWithShutdown {
            await cleaner.clean(
                activation,
                cause: envelope.messageID,
                timeout: settings.timeout,
                sender: sender
            )
        }
        switch outcome {
        case .clean(let report):
            return log.cleaned(report)
        case .notEnded(let retryAfterSeconds, let googleIsBehindSeconds):
            let rescue = await republisher.rescue(
                data: envelope.data,
                attributes: envelope.attributes,
                publishTime: envelope.publishTime,
                deliveryAttempt: envelope.deliveryAttempt
            )
            return log.notEnded(retryAfterSeconds, googleIsBehindSeconds: googleIsBehindSeconds, rescue)
        case .failedForNow(let failure):
            return log.failed(failure)
        case .interrupted:
            return log.shuttingDown()
        case .unusable(let reason):
            return await setAside(envelope, reason: reason.rawValue, detail: activation.project, &log)
        case .givenUp(let failure):
            return await setAside(envelope, reason: failure.reason, detail: failure.detail, &log)
        }
    }

    /// Does the work, but cuts it short at a shutdown, so that there is time to answer before the process ends.
    private func endingWithShutdown(_ work: @escaping @Sendable () async -> CleanupOutcome) async -> CleanupOutcome {
        await withTaskGroup(of: CleanupOutcome.self) { group in
            group.addTask { await work() }
            group.addTask { [time] in
                // Both waits end when the work is done first, since the group is then cancelled.
                try? await gracefulShutdown()
                try? await time.sleep(Self.timeForWorkAfterShutdown)
                return .interrupted
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .interrupted
        }
    }

    /// Gets a message out of the way that can never be acted on, without losing it.
    private func setAside(
        _ envelope: PushEnvelope,
        reason: String,
        detail: String,
        _ log: inout PushLog
    ) async -> PushAnswer {
        let result = await quarantine.take(
            data: envelope.data,
            attributes: envelope.attributes,
            messageID: envelope.messageID,
            reason: reason
        )
        return log.setAside(envelope, reason: reason, detail: detail, result)
    }
}

/// What the handler itself can be told.
package struct PushHandlerSettings: Sendable {
    /// The subscriptions whose envelopes are taken; empty for any.
    package var subscriptions: Set<String>
    /// The time in which a push must be answered, not counting the time that it is held.
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

extension HTTPField.Name {
    /// `X-Serverless-Authorization`: Cloud Run takes a token from there too, and removes its signature.
    static let serverlessAuthorization = literal("X-Serverless-Authorization")
    static let traceparent = literal("traceparent")
    static let cloudTraceContext = literal("X-Cloud-Trace-Context")

    private static func literal(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return name
    }
}
