package import Cleanup
package import GoogleCloud

/// The settings for the topics and the subscription.
package struct PubSubSettings: Sendable {
    /// `PUBSUB_TOPIC_NAME` (topic, optional): where removals are announced and messages that are still needed are
    /// republished.
    package var topic: TopicPath?
    /// `QUARANTINE_TOPIC_NAME` (topic, optional): for messages that can never be acted on.
    package var quarantineTopic: TopicPath?
    /// `MESSAGE_RETENTION_SECONDS` (int, default 604800).
    package var republishing: RepublishRule

    /// Pub/Sub allows 10 minutes to 31 days (https://docs.cloud.google.com/pubsub/docs/subscription-properties), but
    /// the maximum retry backoff must leave room to republish.
    private static let retentionRange = RepublishRule.minimumRetentionSeconds...2_678_400

    init(_ reader: inout SettingsReader) {
        topic = Self.topic(&reader, "PUBSUB_TOPIC_NAME")
        quarantineTopic = Self.topic(&reader, "QUARANTINE_TOPIC_NAME")
        republishing = RepublishRule(
            retentionSeconds: reader.integer("MESSAGE_RETENTION_SECONDS", default: 604_800, in: Self.retentionRange)
        )
        if let topic, topic == quarantineTopic {
            reader.fault(
                "QUARANTINE_TOPIC_NAME and PUBSUB_TOPIC_NAME are the same topic: "
                    + "a message that can never be acted on would be delivered again without end"
            )
        }
    }

    /// Warnings about values that are valid but cannot be intended.
    func warnings(giveUpSeconds: Int64) -> [String] {
        guard topic == nil, giveUpSeconds >= republishing.retentionSeconds else { return [] }
        return [
            "GIVE_UP_SECONDS=\(giveUpSeconds) is not less than MESSAGE_RETENTION_SECONDS=\(republishing.retentionSeconds): "
                + "without PUBSUB_TOPIC_NAME, Pub/Sub drops a failing message before it is set aside"
        ]
    }

    private static func topic(_ reader: inout SettingsReader, _ name: String) -> TopicPath? {
        reader.value(name) {
            TopicPath($0)
        } orFault: {
            "\($0) is not of the form projects/P/topics/T"
        }
    }
}
