package import Timestamps

/// An activation that JIT Access has put into a project's IAM policy: who got which roles, and until when.
///
/// It comes from a message, so it can start a look at the policy, never decide a removal.
package struct Activation: Equatable, Sendable {
    /// The wire format that the message had.
    package var family: MessageFamily
    /// The project ID as the publisher wrote it; not yet known to be one.
    package var project: String
    /// The e-mail address of the user who got the roles, without `user:`.
    package var beneficiary: String
    /// The roles, without duplicates, in the message's order.
    package var roles: [String]
    /// The first instant at which the roles are granted.
    package var start: Instant
    /// The first instant at which the roles are no longer granted.
    package var end: Instant

    /// An activation from its parts.
    package init(
        family: MessageFamily,
        project: String,
        beneficiary: String,
        roles: [String],
        start: Instant,
        end: Instant
    ) {
        self.family = family
        self.project = project
        self.beneficiary = beneficiary
        self.roles = roles
        self.start = start
        self.end = end
    }
}

/// The wire formats in which JIT Access has announced activations.
package enum MessageFamily: String, Sendable {
    /// JIT Access 1.5 to 1.8.1: `{"type":…,"attributes":{…}}`, no Pub/Sub attributes.
    case released
    /// Unreleased builds of 2023: `{"payload":{…}}` with the Pub/Sub attribute `origin`.
    case origin
}

/// What a Pub/Sub message turned out to be.
package enum MessageReading: Equatable, Sendable {
    /// A binding was added to a policy.
    case activation(Activation)
    /// Nothing was added to a policy, or the message is not JIT Access's: there is nothing to do for it.
    case ignored(IgnoredMessage)
    /// It announces an activation, or cannot be read at all, and will never say enough to be acted on.
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

/// Why a message can never be acted on.
package enum MessageFault: Error, Equatable, Sendable {
    /// The data is larger than ``ActivationLimits/messageBytes``.
    case tooLarge(bytes: Int)
    /// The data is not JSON (or nests too deep, names a member twice, is not UTF-8).
    case notJSON(String)
    /// A required field is missing.
    case missing(String)
    /// A field has another JSON type than JIT Access gives it.
    case wrongType(String)
    /// A field's text is empty or too long.
    case unfitLength(String)
    /// A field holds no time that exists.
    case notATime(String)
    /// The activation ends before it starts.
    case endBeforeStart
    /// More roles than any activation has.
    case tooManyRoles(Int)

    /// What is wrong, for logs and quarantine; holds field names only, no text of the publisher.
    package var reason: String {
        switch self {
        case .tooLarge(let bytes): "\(bytes) bytes, more than \(ActivationLimits.messageBytes)"
        case .notJSON(let why): "not readable JSON: \(why)"
        case .missing(let field): "field \(field) is missing"
        case .wrongType(let field): "field \(field) has the wrong type"
        case .unfitLength(let field): "field \(field) is empty or too long"
        case .notATime(let field): "field \(field) is not a time"
        case .endBeforeStart: "the activation ends before it starts"
        case .tooManyRoles(let count): "\(count) roles, more than \(ActivationLimits.roles)"
        }
    }
}

/// The largest activation that is taken; far beyond what JIT Access can make, far below what could hurt.
package enum ActivationLimits {
    /// Bytes of a message's data; JIT Access's are below 10 kB.
    package static let messageBytes = 256 * 1024
    /// JIT Access lets at most `ACTIVATION_REQUEST_MAX_ROLES` (default 10) roles be activated at once.
    package static let roles = 1000
    /// Bytes of one field.
    package static let fieldBytes = 64 * 1024
    /// Bytes of one role's name, user's address or project ID.
    package static let nameBytes = 1024
}
