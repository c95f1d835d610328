package import Timestamps

/// A time to look at a resource's policy, and nothing more: every kind of message is reduced to this.
///
/// It comes from a message, so it can trigger a look but never decide what is removed. Roles and members only decide
/// the answer and the log.
package struct ExpiryNotice: Equatable, Sendable {
    /// The publisher and wire format of the announcement.
    package enum Source: String, Sendable {
        /// JIT Access 1.5 to 1.8.1: `{"type":…,"attributes":{…}}`, no Pub/Sub attributes.
        case released
        /// Unreleased builds of 2023: `{"payload":{…}}` with the Pub/Sub attribute `origin`.
        case origin
        /// An audit entry of SetIamPolicy.
        case auditLog = "audit-log"
    }

    /// What an audit entry says besides the ends.
    package struct Audit: Equatable, Sendable {
        /// Identifies the entry across all its parts and copies, so that a call is reported only once.
        package var entryID: String
        /// The caller that changed the policy: `principalEmail`, else `principalSubject`, else `unknown`.
        package var caller: String
        /// The last entry of the delegation chain, if the caller was impersonated.
        package var delegate: String?
        /// The titles of bindings that had already expired when they were added; nil for a missing title.
        package var deadTitles: [String?]
        /// Whether the entry does not list what was added, so that only the policy can tell.
        package var lacksDelta: Bool
    }

    /// A role and the member it was granted to.
    package struct Grant: Hashable, Sendable {
        /// The role's name, such as `roles/viewer`.
        package var role: String
        /// The member in policy notation, such as `user:alice@example.com`.
        package var member: String

        package init(role: String, member: String) {
            self.role = role
            self.member = member
        }
    }

    /// How long a notice is young after it was published, in seconds: reads may lag, and the binding of a late approval
    /// is written moments before its notice.
    package static let youthSeconds: Int64 = 600

    /// `projects/ID`, `folders/N` or `organizations/N`, as the publisher wrote it; not validated yet.
    package var resource: String
    /// The instants from which the bindings can never grant again, in ascending order; at least one.
    package var ends: [Instant]
    /// The grants the notice names.
    package var grants: [Grant]
    /// Whether ``grants`` names everything that was granted.
    package var hasAllGrants: Bool
    /// The source of the announcement; for our own notices, that of the original message.
    package var source: Source
    /// Whether it is one of our own notices, which replaces a message from that source.
    package var isOwn = false
    /// The schedule time and creation time of the Cloud Task that carries the notice; nil if it did not come by a task.
    package var (due, queued): (Instant?, Instant?) = (nil, nil)
    /// The details of an audit entry; nil for other messages, including our own notices.
    package var audit: Audit?
    /// The message's ID, the same in every delivery; empty if the sender left it out.
    ///
    /// For one of our own notices, it is the original's.
    package var messageID: String
    /// When Pub/Sub accepted the message; nil if missing or unreadable.
    package var publishTime: Instant?

    /// Creates a notice; `ends` must not be empty.
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

    /// The last of the notice's ends.
    package var lastEnd: Instant { ends[ends.count - 1] }

    /// The notice as carried by a Cloud Task created at `now` and scheduled for `due`.
    package func queued(at now: Instant, due: Instant) -> ExpiryNotice {
        var notice = self
        (notice.queued, notice.due) = (now, due)
        notice.audit = nil
        return notice
    }

    /// Whether Cloud Tasks is about to delete the task that carries the notice, which it does 31 days after creation;
    /// 28 days leave time for retries.
    package func isAboutToLeaveQueue(at now: Instant) -> Bool {
        queued.map { $0.adding(seconds: 28 * 86_400) <= now } ?? false
    }

    /// The notice without a Cloud Task's times.
    package var unqueued: ExpiryNotice {
        var notice = self
        (notice.due, notice.queued) = (nil, nil)
        return notice
    }

    /// When to look: after each end plus the grace period; at once for an entry that names no end.
    ///
    /// - Parameter graceSeconds: The grace period for clock differences, in seconds.
    /// - Returns: The instants in ascending order; at least one.
    package func instants(graceSeconds: Int64) -> [Instant] {
        audit?.lacksDelta == true ? [.distantPast] : ends.map { $0.adding(seconds: graceSeconds) }
    }

    /// When to look first; a task that arrives early waits for its own schedule time, since it must not create another.
    package func firstLook(graceSeconds: Int64) -> Instant {
        max(due ?? .distantPast, instants(graceSeconds: graceSeconds)[0])
    }

    /// The instant until which a read may predate the notice's bindings.
    package var youngUntil: Instant { (publishTime ?? lastEnd).adding(seconds: Self.youthSeconds) }
}

extension Instant {
    /// The condition literal for this end: the instant itself, or one nanosecond before it, since conditions have at
    /// most microsecond precision (https://docs.cloud.google.com/iam/docs/conditions-attribute-reference).
    package var asWritten: Instant {
        nanoseconds % 1000 == 1 ? Instant(seconds: seconds, nanoseconds: nanoseconds - 1) : self
    }
}

/// The result of reading a Pub/Sub message.
package enum NoticeReading: Equatable, Sendable {
    /// It announces at least one end, or a policy change whose ends only the policy can tell.
    case notice(ExpiryNotice)
    /// It requires no action.
    case ignored(IgnoredMessage)
    /// It announces a grant or cannot be parsed, and can never be acted on.
    case unusable(MessageFault)
}

extension NoticeReading {
    /// Whether it is one of our own notices, which is accepted whatever subscription its envelope names.
    package var isOwnNotice: Bool { if case .notice(let notice) = self { notice.isOwn } else { false } }
}

/// Messages that require no action.
package enum IgnoredMessage: Equatable, Sendable {
    /// A JIT Access message of a kind that creates no binding: the `type` or `origin` says which.
    case noBinding(String)
    /// An echo of the predecessor or one of our own announcements (`origin=jit-cleanup`).
    case ownEcho
    /// A JIT Access message while JIT Access's title is not in scope.
    case titleNotInScope
    /// An audit entry from another log, service or method.
    case otherEntry
    /// An audit entry for a failed call.
    case failedCall
    /// An audit entry of Privileged Access Manager, which removes its own bindings.
    case accessManager
    /// An audit entry that adds no binding in scope with a known end.
    case noTemporaryGrant
    /// An audit entry for a resource whose policy may not be changed.
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
