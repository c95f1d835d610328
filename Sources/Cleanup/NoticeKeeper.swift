package import ExpiryNotices
package import GoogleCloud
package import Timestamps

/// What keeps a notice that is still needed.
package enum NoticeKeeper: Sendable {
    /// What delivered it, Pub/Sub or a Cloud Task, delivers it again.
    case sender
    /// A Cloud Task that is to be made.
    case task(PlannedTask)
    /// Nothing does: it was refused for so long that it is set aside.
    case setAside(ResourceManagerError)
}

extension CleanupDecision {
    /// Decides what keeps a notice that is still needed.
    ///
    /// - Parameters:
    ///   - notice: What a message announced.
    ///   - need: Why it is needed.
    ///   - rules: What the operator decided.
    ///   - hasQueue: Whether waiting notices become Cloud Tasks; what came by one does in any case.
    ///   - now: Our clock.
    /// - Returns: What keeps it.
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
