internal import Cleanup
internal import GoogleCloud
internal import GoogleCredentials
internal import HTTPEdge
internal import HTTPTransport
internal import Logging
internal import PushEndpoint
internal import PushTokens
internal import ServiceLifecycle
internal import Timestamps

/// Makes each part of the service as the settings want it.
struct PushServiceParts: Sendable {
    let settings: Settings
    let transport: any Transport
    let time: TimeSource
    let logger: Logger

    /// The credentials of all calls, without any call to anywhere.
    func findCredentials() throws(CredentialsError) -> FoundCredentials {
        try ApplicationCredentials.configured(
            settings.credentials,
            metadataHost: settings.endpoints.metadataHost,
            transport: transport,
            time: time
        )
    }

    func makeProjectLookup() -> ProjectLookup {
        ProjectLookup(
            settings.projectID,
            metadata: MetadataServer(
                baseURL: "http://\(settings.endpoints.metadataHost)",
                transport: transport,
                time: time
            )
        )
    }

    func makeHandler(
        _ credentials: FoundCredentials,
        _ limiter: LogRateLimiter,
        traceProject: @escaping @Sendable () -> String?
    ) throws -> PushHandler {
        let publisher = TopicPublisher(
            baseURL: settings.endpoints.pubsub,
            transport: transport,
            tokens: settings.endpoints.pubsubEmulatorHost == nil ? credentials.source : nil,
            time: time
        )
        let timeout: Duration = .seconds(settings.requestTimeoutSeconds)
        return PushHandler(
            verifier: try makeVerifier(),
            cleaner: NoticeCleaner(
                committer: makeCommitter(credentials, publisher),
                rules: settings.rules,
                time: time
            ),
            quarantine: Quarantine(topic: settings.pubsub.quarantineTopic, publisher: publisher),
            republisher: Republisher(
                topic: settings.pubsub.topic,
                publisher: publisher,
                rule: settings.pubsub.republishing,
                isDryRun: settings.rules.isDryRun,
                timeout: timeout,
                time: time
            ),
            queue: makeQueue(credentials),
            capacity: PushCapacity(pushes: settings.maximumPushes),
            settings: PushHandler.Settings(
                subscriptions: Set(settings.subscriptions.map(\.description)),
                timeout: timeout,
                audience: settings.pushAudience,
                traceProject: traceProject
            ),
            time: time,
            logger: logger,
            limiter: limiter
        )
    }

    private func makeQueue(_ credentials: FoundCredentials) -> NoticeQueue? {
        settings.tasks.map { tasks in
            let queue = TaskQueue(
                tasks.queue,
                target: tasks.target,
                answerSeconds: settings.requestTimeoutSeconds,
                baseURL: settings.endpoints.cloudTasks,
                transport: transport,
                tokens: credentials.source,
                time: time
            )
            return NoticeQueue(queue: queue, time: time)
        }
    }

    private func makeVerifier() throws(PushTokenPolicyError) -> PushTokenVerifier {
        PushTokenVerifier(
            policy: try PushTokenPolicy(audience: settings.pushAudience, serviceAccounts: settings.pushServiceAccounts),
            keys: KeyCache(
                url: settings.endpoints.jwks,
                transport: transport,
                time: time,
                onEvent: KeyLog(logger).log
            ),
            time: time
        )
    }

    private func makeCommitter(_ credentials: FoundCredentials, _ publisher: TopicPublisher) -> PolicyCommitter {
        let announcer = Announcer(topic: settings.pubsub.topic, publisher: publisher, time: time)
        let writeLog = WriteLog(logger)
        return PolicyCommitter(
            resourceManager: ResourceManager(
                baseURL: settings.endpoints.resourceManager,
                transport: transport,
                tokens: credentials.source,
                time: time
            ),
            rules: settings.rules,
            time: time,
            // Not on the event loop that the push came on: others would wait for a large policy.
            executor: globalConcurrentExecutor,
            onWrite: { await writeLog.log($0, announcedBy: announcer) },
            onRound: writeLog.log
        )
    }

    func makeServer(
        _ responder: PushResponder,
        _ edge: EdgeLimits,
        onListening: @escaping @Sendable (Int) -> Void
    ) -> any Service {
        let channel = EdgeChannel(limits: edge, date: { time.now().httpDate }, respond: responder.respond)
        return channel.server(
            settings.listenAddress,
            port: settings.port,
            connections: settings.maximumConnections,
            logger: LogFormat.quiet(logger),
            onListening: onListening
        )
    }

    /// Says that requests are taken, and what of the settings needs attention.
    func logStart(port: Int, credentials: String) {
        logger.notice(
            "Listening",
            metadata: [
                "event": "service.listening", "address": "\(settings.listenAddress)",
                "port": .stringConvertible(port), "version": "\(programVersion)",
                "dry_run": .stringConvertible(settings.rules.isDryRun), "credentials": "\(credentials)",
            ]
        )
        for notice in settings.notices {
            logger.notice("A setting needs attention", metadata: ["event": "settings.notice", "detail": "\(notice)"])
        }
        for warning in settings.warnings {
            logger.warning(
                "A setting may be wrong",
                metadata: ["event": "settings.warning", "detail": "\(warning)"]
            )
        }
    }
}
