package import Cleanup
package import ExpiryNotices
package import PushTokens
package import Timestamps

/// Every way `POST /push` can end; the response and the log lines follow from it alone.
package enum PushOutcome: Sendable {
    /// The token is invalid, or belongs to an account that may not push.
    case refusedToken(TokenRejection)
    /// Google's keys could not be fetched, and no usable ones are cached.
    case keysUnavailable(KeyFetchError)
    /// The limit on pushes in progress is reached.
    case tooManyPushes
    /// The body is not one Pub/Sub sends, or there is no memory for it.
    case refusedBody(BodyFault)
    /// The body is not a push envelope.
    case notAnEnvelope(EnvelopeFault)
    /// The envelope's subscription is not in `PUBSUB_SUBSCRIPTION_PATH`.
    case otherSubscription(String?)
    /// The message requires no action.
    case ignored(IgnoredMessage)
    /// The notice is done: nothing is left to remove or wait for.
    case done(Look)
    /// The notice waits in a Cloud Task.
    case queued(until: Instant)
    /// The notice waits, but no Cloud Task could be created for it.
    case notQueued(NoticeNeed, detail: String)
    /// The audit entry is done, and the ends found in the policy were published as one of our own notices.
    case handedOn(Look, ends: [Instant])
    /// The policy has pending ends, but none of our own notices could be published for them.
    case notHandedOn(NoticeNeed, why: String)
    /// The notice is needed, and its sender delivers it again.
    case needed(NoticeNeed)
    /// The notice is needed, but it cannot be republished and is about to be dropped.
    case notRepublished(NoticeNeed, obstacle: String)
    /// The notice is needed, but republishing it failed and it is about to be dropped.
    case republishFailed(NoticeNeed, detail: String)
    /// The notice is needed and was republished.
    case republished(NoticeNeed, count: Int)
    /// The message can never be acted on, and was published to the quarantine topic.
    case quarantined(SetAside)
    /// The message can never be acted on, and only the log keeps it.
    case dropped(SetAside)
    /// The message can never be acted on, and publishing it to the quarantine topic failed.
    case quarantineFailed(SetAside, detail: String, isAboutToBeDropped: Bool)
    /// The service is shutting down.
    case shuttingDown

    /// The reason for setting a message aside.
    package struct SetAside: Sendable {
        /// The kind of reason; a constant.
        package var reason: String
        /// The specific problem; may contain untrusted text.
        package var detail: String

        package init(reason: String, detail: String) {
            self.reason = reason
            self.detail = detail
        }
    }
}
