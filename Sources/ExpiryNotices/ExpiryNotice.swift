package import Timestamps

/// A time to look at a resource's policy, and nothing more: what every message family becomes.
///
/// It comes from a message, so it can start a look, never decide what goes. Roles and members serve the answer and the
/// log only.
package struct ExpiryNotice: Equatable, Sendable {
    /// Who announced it, and in which wire format.
    package enum Source: String, Sendable {
        /// JIT Access 1.5 to 1.8.1: `{"type":…,"attributes":{…}}`, no Pub/Sub attributes.
        case released
        /// Unreleased builds of 2023: `{"payload":{…}}` with the Pub/Sub attribute `origin`.
        case origin
        /// An audit entry of SetIamPolicy.
        case auditLog = "audit-log"
    }

    /// What an audit entry says beside its ends.
    package struct Audit: Equatable, Sendable {
        /// What tells the entry from others, in all its parts and copies: a call is reported once.
        package var entryID: String
        /// Who changed the policy: `principalEmail`, else `principalSubject`, else `unknown`.
        package var caller: String
        /// On whose behalf, where the caller was impersonated.
        package var delegate: String?
        /// The titles of the bindings that were added when they were dead already; nil for a missing title.
        package var deadTitles: [String?]
        /// Whether the entry does not say what was added, so that only the policy can tell.
        package var lacksDelta: Bool
    }

    /// A role and the member who got it.
    package struct Grant: Hashable, Sendable {
        /// The role's name.
        package var role: String
        /// The member as a policy names it: `user:alice@example.com`.
        package var member: String

        /// A grant of a role to a member.
        package init(role: String, member: String) {
            self.role = role
            self.member = member
        }
    }

    /// For how long after it was published a notice is young, in seconds: reads may lag, and the binding of an approval
    /// that came late is written moments before its notice.
    package static let youthSeconds: Int64 = 600

    /// `projects/ID`, `folders/N` or `organizations/N`, as the publisher wrote it; not yet known to be one.
    package var resource: String
    /// The instants from which the bindings can never grant again, ascending; at least one.
    package var ends: [Instant]
    /// What was granted.
    package var grants: [Grant]
    /// Whether ``grants`` names everything that was granted.
    package var hasAllGrants: Bool
    /// Who announced it.
    package var source: Source
    /// Whether it is a notice of our own, which stands for a message of that source.
    package var isOwn = false
    /// When the Cloud Task that carries the notice was to come, and when it was made; nil for what no task carries.
    package var (due, queued): (Instant?, Instant?) = (nil, nil)
    /// What an audit entry says beside its ends; nil for all else, our own notices included.
    package var audit: Audit?
    /// The message's ID, the same in every delivery; empty where the sender left it out.
    ///
    /// Of a notice of our own it is the original's.
    package var messageID: String
    /// When Pub/Sub took the message; nil where that is not readable.
    package var publishTime: Instant?

    /// A notice from its parts; there must be an end.
    package init(
        resource: String,
        ends: [Instant],
        grants: [Grant],
        hasAllGrants: Bool = true,
        source: Source,
        messageID: String,
        publishTime: Instant?
    ) {
        precondition(!ends.isEmpty, "a notice without an end")
        self.resource = resource
        self.ends = ends.sorted()
        self.grants = grants
        self.hasAllGrants = hasAllGrants
        self.source = source
        self.messageID = messageID
        self.publishTime = publishTime
    }

    /// The last instant for which there is something to do.
    package var lastEnd: Instant { ends[ends.count - 1] }

    /// The notice as a Cloud Task carries it.
    package func queued(at now: Instant, due: Instant) -> ExpiryNotice {
        var notice = self
        (notice.queued, notice.due) = (now, due)
        notice.audit = nil
        return notice
    }

    /// Whether Cloud Tasks is about to delete the task that carries the notice, 31 days after it was made: this leaves time
    /// for retries.
    package func isAboutToLeaveQueue(at now: Instant) -> Bool {
        queued.map { $0.adding(seconds: 28 * 86_400) <= now } ?? false
    }

    /// The notice as no task carries it.
    package var unqueued: ExpiryNotice {
        var notice = self
        (notice.due, notice.queued) = (nil, nil)
        return notice
    }

    /// When to look: after each end and the grace for clocks; at once for an entry that names no end.
    ///
    /// - Parameter graceSeconds: The grace.
    /// - Returns: The instants, ascending; at least one.
    package func instants(graceSeconds: Int64) -> [Instant] {
        audit?.lacksDelta == true ? [.distantPast] : ends.map { $0.adding(seconds: graceSeconds) }
    }

    /// When to look first: a task that comes early waits for its own time, since it must not make another.
    package func firstLook(graceSeconds: Int64) -> Instant {
        max(due ?? .distantPast, instants(graceSeconds: graceSeconds)[0])
    }

    /// The instant before which a read may not have seen the notice's bindings.
    package var youngUntil: Instant { (publishTime ?? lastEnd).adding(seconds: Self.youthSeconds) }
}

extension Instant {
    /// The literal of a condition that is dead from this instant on: itself, or one nanosecond before it, since
    /// conditions are written in microseconds at most (https://docs.cloud.google.com/iam/docs/conditions-attribute-reference).
    package var asWritten: Instant {
        nanoseconds % 1000 == 1 ? Instant(seconds: seconds, nanoseconds: nanoseconds - 1) : self
    }
}

/// What a Pub/Sub message turned out to be.
package enum NoticeReading: Equatable, Sendable {
    /// It announces an end.
    case notice(ExpiryNotice)
    /// There is nothing to do for it.
    case ignored(IgnoredMessage)
    /// It announces a grant, or cannot be read at all, and will never say enough to be acted on.
    case unusable(MessageFault)
}

extension NoticeReading {
    /// Whether it is a notice of our own, which is taken whatever subscription its envelope names.
    package var isOwnNotice: Bool { if case .notice(let notice) = self { notice.isOwn } else { false } }
}

/// Messages that need nothing done.
package enum IgnoredMessage: Equatable, Sendable {
    /// JIT Access's, but of a kind that makes no binding: the `type` or `origin` says which.
    case noBinding(String)
    /// An echo of the predecessor or an announcement of ours (`origin=jit-cleanup`).
    case ownEcho
    /// JIT Access's, whose title is not in scope.
    case titleNotInScope
    /// An entry of another log or service, or of another method.
    case otherEntry
    /// An entry of a call that failed.
    case failedCall
    /// An entry of Privileged Access Manager, which cleans up by itself.
    case accessManager
    /// An entry that adds no binding in scope whose end is known.
    case noTemporaryGrant
    /// An entry of a resource whose policy may not be changed.
    case resourceNotAllowed
    /// Neither a notice nor an audit entry.
    case foreign

    /// The reason as a constant for logs.
    package var reason: String {
        switch self {
        case .noBinding: "no-binding"
        case .ownEcho: "own-echo"
        case .titleNotInScope: "title-not-in-scope"
        case .otherEntry: "other-entry"
        case .failedCall: "failed-call"
        case .accessManager: "privileged-access-manager"
        case .noTemporaryGrant: "no-temporary-grant"
        case .resourceNotAllowed: "resource-not-allowed"
        case .foreign: "not-jit-access"
        }
    }
}
