internal import Cleanup
internal import GoogleCloud

/// What the service is told about topics and the subscription.
struct PubSubSettings: Sendable {
    /// `PUBSUB_TOPIC_NAME` (topic, optional): where removals are announced, and messages that are
    /// still needed published again.
    var topic: TopicPath?
    /// `QUARANTINE_TOPIC_NAME` (topic, optional): where messages go that can never be acted on.
    var quarantineTopic: TopicPath?
    /// `MESSAGE_RETENTION_SECONDS` (int, default 604800) and `MAX_DELIVERY_ATTEMPTS` (int, optional).
    var ageing: AgeingRule

    /// What Pub/Sub takes for a subscription: 10 minutes to 31 days
    /// (https://docs.cloud.google.com/pubsub/docs/subscription-properties).
    private static let retentionRange: ClosedRange<Int64> = 600...2_678_400
    /// What Pub/Sub takes for a dead-letter policy (https://docs.cloud.google.com/pubsub/docs/dead-letter-topics).
    private static let attemptsRange: ClosedRange<Int64> = 5...100

    init(_ reader: inout SettingsReader) {
        topic = Self.topic(&reader, "PUBSUB_TOPIC_NAME")
        quarantineTopic = Self.topic(&reader, "QUARANTINE_TOPIC_NAME")
        ageing = AgeingRule(
            retentionSeconds: reader.integer("MESSAGE_RETENTION_SECONDS", default: 604_800, in: Self.retentionRange),
            maximumAttempts: reader.optional("MAX_DELIVERY_ATTEMPTS") == nil
                ? nil : reader.integer("MAX_DELIVERY_ATTEMPTS", default: 5, in: Self.attemptsRange)
        )
        if let topic, topic == quarantineTopic {
            reader.fault(
                "QUARANTINE_TOPIC_NAME and PUBSUB_TOPIC_NAME are the same topic: "
                    + "a message that can never be acted on would come back for ever"
            )
        }
    }

    /// What is no fault, but not what the operator can want.
    func warnings(giveUpSeconds: Int64, isDryRun: Bool) -> [String] {
        var warnings: [String] = []
        if ageing.maximumAttempts != nil, topic == nil {
            warnings.append(
                "MAX_DELIVERY_ATTEMPTS is set but PUBSUB_TOPIC_NAME is not: "
                    + "activations that outlast these attempts, or fail for so long, are dead-lettered before they are cleaned"
            )
        }
        if ageing.maximumAttempts != nil, topic != nil, isDryRun {
            warnings.append(
                "MAX_DELIVERY_ATTEMPTS is set and DRY_RUN is true: "
                    + "a dry run publishes nothing, so activations that outlast these attempts are dead-lettered"
            )
        }
        if topic == nil, giveUpSeconds >= ageing.retentionSeconds {
            warnings.append(
                "GIVE_UP_SECONDS is \(giveUpSeconds) of MESSAGE_RETENTION_SECONDS=\(ageing.retentionSeconds): "
                    + "Pub/Sub drops a message that cannot be acted on before it is given up and kept, "
                    + "since without PUBSUB_TOPIC_NAME it is not published again"
            )
        }
        return warnings
    }

    private static func topic(_ reader: inout SettingsReader, _ name: String) -> TopicPath? {
        reader.value(name) {
            TopicPath($0)
        } orFault: {
            "\($0) is not of the form projects/P/topics/T"
        }
    }
}
