import Cleanup
import GoogleCloud
import HTTPTransport
import LocalCloud
import Logging
import PushTokens
import Synchronization
import Timestamps
import VirtualTime
import Webhook

/// The service's parts, put together as `WebhookService` does it, in virtual time and with random numbers from a seed.
struct MemoryParts: Sendable {
    let handler: PushHandler
    let room: HoldingRoom
    let curfew: Curfew

    /// - Parameters:
    ///   - plan: The settings.
    ///   - cloud: Google.
    ///   - transport: The way there.
    ///   - time: The instance's clocks.
    ///   - random: A number of [0, 1).
    ///   - ledger: What is told of writes.
    /// - Throws: Nothing, with a cloud that says who pushes.
    init(
        _ plan: Plan,
        _ cloud: LocalCloud,
        _ transport: any Transport,
        _ time: TimeSource,
        random: @escaping @Sendable () -> Double,
        ledger: Ledger
    ) throws {
        let rules = CleanupRules(scope: plan.scope, graceSeconds: plan.scale.graceSeconds)
        let tokens = MetadataTokenSource(baseURL: cloud.baseURL, transport: transport, time: time)
        let publisher = TopicPublisher(baseURL: cloud.baseURL, transport: transport, tokens: tokens, time: time)
        let topic = TopicPath(cloud.topicName(Director.topic))
        let announcer = Announcer(topic: topic, publisher: publisher, time: time)
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
            // So few that projects wait for each other.
            concurrency: 2
        ) { write in
            if write.removed.isEmpty { ledger.violate("a write that removed nothing was reported") }
            _ = await announcer.announce(write)
        }
        room = HoldingRoom(longestSeconds: plan.holdSeconds, capacity: plan.holdCapacity, time: time)
        curfew = Curfew(time: time)
        let identity = cloud.options.pushIdentity
        let logger = Logger(label: "simulation", factory: { _ in EventCounter(ledger: ledger) })
        handler = PushHandler(
            verifier: PushTokenVerifier(
                policy: try PushTokenPolicy(audience: identity.audience, serviceAccounts: [identity.email]),
                keys: KeyCache(url: "\(cloud.baseURL)/oauth2/v3/certs", transport: transport, time: time),
                time: time
            ),
            cleaner: ActivationCleaner(committer: committer, holding: room, curfew: curfew, rules: rules, time: time),
            quarantine: Quarantine(topic: TopicPath(cloud.topicName(Director.quarantine)), publisher: publisher),
            republisher: Republisher(
                topic: topic,
                publisher: publisher,
                rule: AgeingRule(retentionSeconds: 604_800, maximumAttempts: nil),
                isDryRun: false,
                timeout: .seconds(plan.scale.requestTimeoutSeconds),
                time: time
            ),
            places: PushPlaces(pushes: 1000),
            settings: PushHandlerSettings(
                subscriptions: [],
                timeout: .seconds(plan.scale.requestTimeoutSeconds),
                traceProject: { nil }
            ),
            logger: logger,
            limiter: LineLimiter(logger: logger, time: time)
        )
    }
}
