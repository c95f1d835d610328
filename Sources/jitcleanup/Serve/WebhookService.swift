internal import Cleanup
internal import GoogleCloud
internal import HTTPEdge
internal import HTTPTransport
internal import Logging
internal import PushTokens
internal import ServiceLifecycle
internal import Timestamps
internal import Webhook

/// The wiring of the service: the same for `serve`, for `demo` and for the tests.
struct WebhookService {
    /// What has to run, in the order in which it starts.
    let services: [any Service]

    /// Puts the parts together.
    ///
    /// - Parameters:
    ///   - settings: What the operator wants.
    ///   - transport: The network; it must outlive the services.
    ///   - time: The clocks.
    ///   - edge: What one client may take.
    ///   - logger: Where the audit trail goes.
    ///   - onListening: Told the port once requests are taken.
    /// - Throws: `PushTokenPolicyError` if the settings name nobody who may push; `CredentialsError` if there are
    ///   credentials on this machine that cannot be used.
    init(
        settings: Settings,
        transport: any Transport,
        time: TimeSource,
        edge: EdgeLimits = EdgeLimits(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        let credentials = try ApplicationCredentials.configured(
            settings.credentials,
            metadataHost: settings.endpoints.metadataHost,
            transport: transport,
            time: time
        )
        let publisher = TopicPublisher(
            baseURL: settings.endpoints.pubsub,
            transport: transport,
            tokens: settings.endpoints.pubsubEmulatorHost == nil ? credentials.source : nil
        )
        let announcer = Announcer(topic: settings.pubsub.topic, publisher: publisher, time: time)
        let writeLog = WriteLog(logger)
        let committer = PolicyCommitter(
            resourceManager: ResourceManager(
                baseURL: settings.endpoints.resourceManager,
                transport: transport,
                tokens: credentials.source
            ),
            rules: settings.rules,
            time: time,
            // Not on the event loop that the push came on: others would wait for a large policy.
            executor: globalConcurrentExecutor,
            onWrite: { write in
                writeLog.log(write)
                writeLog.log(await announcer.announce(write), of: write)
            },
            onRound: writeLog.log
        )
        let limiter = LineLimiter(logger: logger, time: time)
        let projectLookup = ProjectLookup(
            settings.projectID,
            metadata: MetadataTokenSource(
                baseURL: "http://\(settings.endpoints.metadataHost)",
                transport: transport,
                time: time
            )
        )
        let handler = PushHandler(
            verifier: PushTokenVerifier(
                policy: try PushTokenPolicy(
                    audience: settings.pushAudience,
                    serviceAccounts: settings.pushServiceAccounts
                ),
                keys: KeyCache(
                    url: settings.endpoints.jwks,
                    transport: transport,
                    time: time,
                    onEvent: KeyLog(logger).log
                ),
                time: time
            ),
            cleaner: NoticeCleaner(committer: committer, rules: settings.rules, time: time),
            quarantine: Quarantine(topic: settings.pubsub.quarantineTopic, publisher: publisher),
            republisher: Republisher(
                topic: settings.pubsub.topic,
                publisher: publisher,
                rule: settings.pubsub.ageing,
                isDryRun: settings.rules.isDryRun,
                timeout: .seconds(settings.requestTimeoutSeconds),
                time: time
            ),
            places: PushPlaces(pushes: settings.maximumPushes),
            settings: PushHandler.Settings(
                subscriptions: Set(settings.subscriptions.map(\.description)),
                timeout: .seconds(settings.requestTimeoutSeconds),
                traceProject: projectLookup.project
            ),
            time: time,
            logger: logger,
            limiter: limiter
        )
        let date = DateField(time)
        let responder = PushResponder(handler: handler)
        let channel = EdgeChannel(limits: edge, date: { date.value }) { await responder.respond(to: $0) }
        let server = channel.server(
            settings.listenAddress,
            port: settings.port,
            connections: settings.maximumConnections,
            logger: LogFormat.quiet(logger)
        ) { port in
            logger.notice(
                "Listening",
                metadata: [
                    "event": "service.listening", "address": "\(settings.listenAddress)",
                    "port": .stringConvertible(port),
                    "version": "\(Jitcleanup.version)", "dry_run": .stringConvertible(settings.rules.isDryRun),
                    "credentials": "\(credentials.description)",
                ]
            )
            for notice in settings.notices {
                logger.notice(
                    "A setting needs attention",
                    metadata: ["event": "settings.notice", "detail": "\(notice)"]
                )
            }
            for warning in settings.warnings {
                logger.warning(
                    "Settings contradict each other",
                    metadata: ["event": "settings.warning", "detail": "\(warning)"]
                )
            }
            onListening(port)
        }
        // They shut down in reverse order: the log's counts come last, when no request can add to them.
        var all = [NamedService("line limiter", LineLimiterService(limiter: limiter))]
        if projectLookup.isNeeded { all.append(NamedService("project lookup", projectLookup)) }
        all.append(NamedService("server", server))
        services = all
    }
}
