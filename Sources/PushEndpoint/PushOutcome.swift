package import Cleanup
package import ExpiryNotices
package import PushTokens
package import Timestamps

/// Every way in which `POST /push` can end; its answer and its log line follow from it and from nothing else.
package enum PushOutcome: Sendable {
    /// The token does not show who is calling, or shows an account that may not push.
    case refusedToken(TokenRejection)
    /// Google's keys cannot be fetched, and none are cached.
    case keysUnavailable(KeyFetchError)
    /// Too many pushes are being worked on.
    case tooManyPushes
    /// The body is not one that Pub/Sub sends, or there is no memory for it.
    case refusedBody(BodyFault)
    /// The body is no push envelope.
    case notAnEnvelope(EnvelopeFault)
    /// The envelope is of a subscription that is not in `PUBSUB_SUBSCRIPTION_PATH`.
    case otherSubscription(String?)
    /// The message asks for nothing.
    case ignored(IgnoredMessage)
    /// The notice is done with.
    case done(Look)
    /// The notice waits in a Cloud Task.
    case queued(until: Instant)
    /// The notice waits, and no Cloud Task could be made for it.
    case notQueued(NoticeNeed, detail: String)
    /// The entry is done with, and the ends that the policy showed are in the topic as a notice of our own.
    case handedOn(Look, ends: [Instant])
    /// The policy showed ends to come, and no notice of our own could be published for them.
    case notHandedOn(NoticeNeed, why: String)
    /// The notice is needed, and Pub/Sub is left to deliver it again.
    case needed(NoticeNeed)
    /// The notice is needed, Pub/Sub is about to drop it, and it could not be published again.
    case notRepublished(NoticeNeed, obstacle: String)
    /// The notice is needed, Pub/Sub is about to drop it, and its topic did not take it once more.
    case republishFailed(NoticeNeed, detail: String)
    /// The notice is needed, and has been published again.
    case republished(NoticeNeed, count: Int)
    /// The message can never be acted on, and is in the quarantine topic.
    case quarantined(SetAside)
    /// The message can never be acted on, and the log keeps it.
    case dropped(SetAside)
    /// The message can never be acted on, and the quarantine topic did not take it; the last is whether Pub/Sub is about
    /// to drop it.
    case quarantineFailed(SetAside, detail: String, isAboutToBeDropped: Bool)
    /// The service is shutting down.
    case shuttingDown

    /// Why a message is set aside.
    package struct SetAside: Sendable {
        /// The kind, a constant.
        package var reason: String
        /// What is wrong in particular; may hold text of others.
        package var detail: String

        /// A reason from its parts.
        package init(reason: String, detail: String) {
            self.reason = reason
            self.detail = detail
        }
    }
}
