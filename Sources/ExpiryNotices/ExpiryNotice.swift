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

    /// The project ID as the publisher wrote it; not yet known to be one.
    package var project: String
    /// The instants from which the bindings can never grant again, ascending; at least one.
    package var ends: [Instant]
    /// What was granted.
    package var grants: [Grant]
    /// Whether ``grants`` names everything that was granted.
    package var hasAllGrants: Bool
    /// Who announced it.
    package var source: Source
    /// The message's ID, the same in every delivery; empty where the sender left it out.
    package var messageID: String
    /// When Pub/Sub took the message; nil where that is not readable.
    package var publishTime: Instant?

    /// A notice from its parts; there must be an end.
    package init(
        project: String,
        ends: [Instant],
        grants: [Grant],
        hasAllGrants: Bool = true,
        source: Source,
        messageID: String,
        publishTime: Instant?
    ) {
        precondition(!ends.isEmpty, "a notice without an end")
        self.project = project
        self.ends = ends.sorted()
        self.grants = grants
        self.hasAllGrants = hasAllGrants
        self.source = source
        self.messageID = messageID
        self.publishTime = publishTime
    }

    /// The last instant for which there is something to do.
    package var lastEnd: Instant { ends[ends.count - 1] }

    /// The instant before which a read may not have seen the notice's bindings.
    package var youngUntil: Instant { (publishTime ?? lastEnd).adding(seconds: Self.youthSeconds) }
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

/// Messages that need nothing done.
package enum IgnoredMessage: Equatable, Sendable {
    /// JIT Access's, but of a kind that makes no binding: the `type` or `origin` says which.
    case noBinding(String)
    /// An echo of the predecessor or an announcement of ours (`origin=jit-cleanup`).
    case ownEcho
    /// Not a message of JIT Access.
    case foreign

    /// The reason as a constant for logs.
    package var reason: String {
        switch self {
        case .noBinding: "no-binding"
        case .ownEcho: "own-echo"
        case .foreign: "not-jit-access"
        }
    }
}
