/// A push subscription's settings (https://cloud.google.com/pubsub/docs/subscription-properties).
package struct SubscriptionSettings: Sendable {
    /// How a push authenticates.
    package enum Authentication: Sendable {
        /// With a token signed for this identity.
        case token(PushIdentity)
        /// With exactly this `Authorization` field.
        case custom(String)
        /// No authentication.
        case none
    }

    /// When a message that was not acknowledged comes again: at first after the minimum, then after twice as long
    /// each time, up to the maximum.
    package struct RetryPolicy: Sendable {
        package var minimum: Duration
        package var maximum: Duration

        package init(minimum: Duration, maximum: Duration) {
            self.minimum = minimum
            self.maximum = maximum
        }

        /// Google's defaults: 10 s and 600 s.
        package static let standard = RetryPolicy(minimum: .seconds(10), maximum: .seconds(600))
    }

    /// Where messages go that were refused too often.
    package struct DeadLetterPolicy: Sendable {
        /// `projects/P/topics/T`.
        package var topic: String
        /// After how many deliveries; 5 to 100 with the real service.
        package var maximumAttempts: Int

        package init(topic: String, maximumAttempts: Int) {
            self.topic = topic
            self.maximumAttempts = maximumAttempts
        }
    }

    /// `projects/P/subscriptions/S`.
    package var name: String
    /// `projects/P/topics/T`.
    package var topic: String
    /// The URL that is pushed to.
    package var pushEndpoint: String
    package var authentication: Authentication
    /// How long a push may take.
    package var ackDeadline: Duration = .seconds(10)
    /// When a message comes again.
    package var retryPolicy = RetryPolicy.standard
    /// Where messages go that were refused too often; nil for never.
    package var deadLetterPolicy: DeadLetterPolicy?
    /// How long a message is kept, in seconds.
    package var retentionSeconds: Int64 = 604_800
    /// Whether acknowledged messages are kept as well, so that they can come again.
    package var retainsAcknowledged = true
    /// Whether refusals slow all deliveries down, by a model of the real service's formula.
    package var appliesPushBackoff = false
    /// The most concurrent pushes.
    package var maximumInFlight = 10

    /// Creates settings; everything not given has Google's default.
    package init(name: String, topic: String, pushEndpoint: String, authentication: Authentication) {
        self.name = name
        self.topic = topic
        self.pushEndpoint = pushEndpoint
        self.authentication = authentication
    }
}
