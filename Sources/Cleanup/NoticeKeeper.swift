package import ExpiryNotices
package import GoogleCloud
package import Timestamps

/// What holds a notice that is still needed.
package enum NoticeKeeper: Sendable {
    /// Its sender, Pub/Sub or Cloud Tasks, which delivers it again.
    case sender
    /// A Cloud Task still to be created.
    case task(PlannedTask)
    /// Nothing: it was refused for so long that it is set aside.
    case setAside(ResourceManagerError)
}

extension CleanupDecision {
    /// Decides what holds a notice that is still needed.
    ///
    /// - Parameters:
    ///   - notice: The notice read from a message.
    ///   - need: Why it is needed.
    ///   - rules: The operator's rules.
    ///   - hasQueue: Whether waiting notices become Cloud Tasks; those delivered by a task always do.
    ///   - now: The current time on our clock.
    /// - Returns: What holds the notice.
    package static func keeper(
        of notice: ExpiryNotice,
        _ need: NoticeNeed,
        _ rules: CleanupRules,
        hasQueue: Bool,
        now: Instant
    ) -> NoticeKeeper {
        if case .waiting(_, _, let asOf) = need, notice.due.map({ $0 <= asOf }) ?? hasQueue {
            return .task(.next(notice, now: asOf, rules))
        }
        guard notice.isAboutToLeaveQueue(at: now) else { return .sender }
        if case .failed(let failure) = need, failure.isPermanent, rules.isPastGivingUp(notice, at: now) {
            return .setAside(failure)
        }
        return .task(.again(notice, now: now))
    }
}
