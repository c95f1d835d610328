internal import GoogleCloud
internal import HTTPTransport
internal import LocalCloud

/// The Pub/Sub that carries the demo's messages.
protocol DemoPubSub: Sendable {
    var name: String { get }
    /// Commands to try when everything is left running.
    var commands: [String] { get }
    /// Makes topic and push subscription.
    func subscribe(pushingTo endpoint: String) async throws
    /// Publishes a message and returns its ID.
    func publish(_ message: OutgoingMessage) async throws -> String
}

/// The demo's retry policy: soon enough for an audience.
private enum DemoRetry {
    static let minimumSeconds = 1
    static let maximumSeconds = 3
}

/// Pub/Sub as the stand-in plays it.
struct PubSubStandIn: DemoPubSub {
    let cloud: LocalCloud
    let name = "a stand-in for Pub/Sub, with signed tokens"

    init(_ cloud: LocalCloud) {
        self.cloud = cloud
    }

    var commands: [String] {
        [
            "export CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=\(cloud.baseURL)/ CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true",
            "gcloud pubsub topics publish \(cloud.topicName(DemoScene.topic)) --message='...'",
            "gcloud pubsub subscriptions seek projects/\(cloud.options.projectID)/subscriptions/jit-cleanup "
                + "--time=2026-01-01T00:00:00Z",
        ]
    }

    func subscribe(pushingTo endpoint: String) async throws {
        cloud.pubSub.createTopic(cloud.topicName(DemoScene.topic))
        _ = cloud.subscribe(to: DemoScene.topic, pushingTo: endpoint) { settings in
            settings.retryPolicy = .init(
                minimum: .seconds(DemoRetry.minimumSeconds),
                maximum: .seconds(DemoRetry.maximumSeconds)
            )
        }
    }

    func publish(_ message: OutgoingMessage) async throws -> String {
        try cloud.pubSub.publish([message], to: cloud.topicName(DemoScene.topic)).first ?? ""
    }
}

/// The real Pub/Sub emulator; it signs nothing, so its pushes go through the stand-in's relay, which does.
struct PubSubInEmulator: DemoPubSub {
    let emulator: PubSubEmulator
    let cloud: LocalCloud
    let name = "the real Pub/Sub emulator, through a relay that adds tokens"
    private let publisher: TopicPublisher

    init(_ emulator: PubSubEmulator, _ cloud: LocalCloud, _ transport: CurlTransport) {
        self.emulator = emulator
        self.cloud = cloud
        publisher = TopicPublisher(baseURL: "http://\(emulator.address)", transport: transport, tokens: nil)
    }

    var commands: [String] {
        let variables = emulator.gcloudEnvironment.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        return [
            "export \(variables)",
            "gcloud pubsub topics publish \(DemoScene.topic) --message='...'",
            "gcloud pubsub subscriptions seek jit-cleanup --time=2026-01-01T00:00:00Z",
        ]
    }

    func subscribe(pushingTo endpoint: String) async throws {
        cloud.relay.setTarget(endpoint, .token(cloud.options.pushIdentity))
        try await emulator.gcloud("pubsub", "topics", "create", DemoScene.topic)
        try await emulator.gcloud(
            "pubsub",
            "subscriptions",
            "create",
            "jit-cleanup",
            "--topic=\(DemoScene.topic)",
            "--push-endpoint=\(cloud.baseURL)/relay",
            "--ack-deadline=60",
            "--retain-acked-messages",
            "--min-retry-delay=\(DemoRetry.minimumSeconds)s",
            "--max-retry-delay=\(DemoRetry.maximumSeconds)s"
        )
    }

    func publish(_ message: OutgoingMessage) async throws -> String {
        guard let topic = TopicPath("projects/\(PubSubEmulator.project)/topics/\(DemoScene.topic)") else {
            preconditionFailure("the demo's own topic name")
        }
        return try await publisher.publish(
            topic: topic,
            data: message.data,
            attributes: message.attributes,
            within: .seconds(10)
        )
    }
}
