import Cleanup
import GoogleCloud
import HTTPTransport
import LocalCloud
import Logging
import PushEndpoint
import PushTokens
import Timestamps

@testable import Service

/// The service's parts, put together as `PushService` does it, in virtual time and with random numbers from a seed.
struct MemoryParts: Sendable {
    let handler: PushHandler

    /// - Parameters:
    ///   - plan: The settings.
    ///   - cloud: Google.
    ///   - transport: The way there.
    ///   - time: The instance's clocks.
    ///   - random: A number of [0, 1).
    ///   - concurrency: How many policies at a time; so few that projects wait for each other, unless told otherwise.
    ///   - ledger: What is told of the log.
    ///   - onWrite: Told of each write that is known to stand.
    /// - Throws: Nothing, with a cloud that says who pushes.
    init(
        _ plan: Plan,
        _ cloud: LocalCloud,
        _ transport: any Transport,
        _ time: TimeSource,
        random: @escaping @Sendable () -> Double,
        concurrency: Int = 2,
        ledger: Ledger,
        onWrite: @escaping @Sendable (PolicyWrite) -> Void
    ) throws {
        let rules = CleanupRules(graceSeconds: plan.scale.graceSeconds, giveUpSeconds: plan.giveUpSeconds)
        let metadata = MetadataServer(baseURL: cloud.baseURL, transport: transport, time: time)
        let tokens = CachedTokenSource(metadata, time: time)
        let publisher = TopicPublisher(baseURL: cloud.baseURL, transport: transport, tokens: tokens, time: time)
        let topic = TopicPath(cloud.topicName(Director.topic))
        let announcer = Announcer(topic: topic, publisher: publisher, time: time)
        let logger = Logger(label: "simulation", factory: { _ in EventCounter(ledger: ledger) })
        let writeLog = WriteLog(logger)
        let committer = PolicyCommitter(
            resourceManager: ResourceManager(
                baseURL: cloud.baseURL,
                transport: transport,
                tokens: tokens,
                time: time
            ),
            rules: rules,
            schedule: RetrySchedule(random: random),
            time: time,
            concurrency: concurrency,
            onWrite: { write in
                onWrite(write)
                await writeLog.log(write, announcedBy: announcer)
            },
            onRound: writeLog.log
        )
        let identity = cloud.options.pushIdentity
        handler = PushHandler(
            verifier: PushTokenVerifier(
                policy: try PushTokenPolicy(audience: identity.audience, serviceAccounts: [identity.email]),
                keys: KeyCache(url: "\(cloud.baseURL)/oauth2/v3/certs", transport: transport, time: time),
                time: time
            ),
            cleaner: NoticeCleaner(committer: committer, rules: rules, time: time),
            quarantine: Quarantine(topic: TopicPath(cloud.topicName(Director.quarantine)), publisher: publisher),
            republisher: Republisher(
                topic: topic,
                publisher: publisher,
                rule: RepublishRule(retentionSeconds: 604_800),
                isDryRun: false,
                timeout: .seconds(plan.scale.requestTimeoutSeconds),
                time: time
            ),
            queue: plan.usesQueue
                ? QueuePath(Plan.queue).map { path in
                    NoticeQueue(
                        queue: TaskQueue(
                            path,
                            target: TaskQueue.Target(
                                url: Balancer.url,
                                serviceAccount: identity.email,
                                audience: identity.audience
                            ),
                            answerSeconds: plan.scale.requestTimeoutSeconds,
                            baseURL: cloud.baseURL,
                            transport: transport,
                            tokens: tokens,
                            time: time
                        ),
                        schedule: RetrySchedule(random: random),
                        time: time
                    )
                } : nil,
            capacity: PushCapacity(pushes: 1000),
            settings: PushHandler.Settings(
                subscriptions: [],
                timeout: .seconds(plan.scale.requestTimeoutSeconds),
                audience: identity.audience,
                traceProject: { nil }
            ),
            time: time,
            logger: logger,
            limiter: LogRateLimiter(logger: logger, time: time)
        )
    }
}
