package import ExpiryNotices
package import GoogleCloud
package import Timestamps

/// The outcome for one notice.
package enum CleanupOutcome: Sendable {
    /// Its last end has passed, and none of its removable bindings is left in the policy.
    case done(Look)
    /// The notice itself is done, but the policy showed pending ends that no other notice announces.
    case ended(Look, then: ExpiryNotice)
    /// It is still needed.
    case needed(NoticeNeed)
    /// It requires no action.
    case ignored(IgnoredMessage)
    /// The look kept failing until long after the last end, so it is not retried.
    case givenUp(ResourceManagerError)
    /// It can never be acted on.
    case unusable(UnusableNotice)
    /// The service is shutting down, or the caller was cancelled.
    case interrupted
}

/// Why a notice is still needed.
package enum NoticeNeed: Sendable {
    /// An end has not passed as of `asOf`; `clockAheadSeconds` is how far our clock is ahead of Google's, if that
    /// decided.
    case waiting(retryAfterSeconds: Int64, clockAheadSeconds: Int64? = nil, asOf: Instant)
    /// Its end has passed, but the read may predate its binding.
    case young(retryAfterSeconds: Int64)
    /// The look failed, or one of its bindings could not be removed.
    case failed(ResourceManagerError)
}

extension NoticeNeed {
    /// The same need with its delay capped.
    package func capped(atSeconds seconds: Int64) -> NoticeNeed {
        switch self {
        case .waiting(let wait, let ahead, let now):
            .waiting(retryAfterSeconds: min(wait, seconds), clockAheadSeconds: ahead, asOf: now)
        case .young(let wait): .young(retryAfterSeconds: min(wait, seconds))
        case .failed(.rateLimited(let wait?, let detail)):
            .failed(.rateLimited(retryAfterSeconds: min(wait, seconds), detail: detail))
        case .failed: self
        }
    }
}

/// What holds a notice that is still needed.
package enum NoticeKeeper: Sendable {
    /// Its sender, Pub/Sub or Cloud Tasks, which delivers it again.
    case sender
    /// The topic, to which it is to be published again before Pub/Sub drops it.
    case topic
    /// A Cloud Task still to be created.
    case task(PlannedTask)
    /// Nothing: it was refused for so long that it is set aside.
    case setAside(ResourceManagerError)
}
