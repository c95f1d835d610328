/// Why a message can never be acted on.
package enum MessageFault: Error, Equatable, Sendable {
    /// The data is larger than ``MessageLimits/messageBytes``.
    case tooLarge(bytes: Int)
    /// The data is not JSON (or nests too deep, names a member twice, is not UTF-8).
    case notJSON(String)
    /// A required field is missing.
    case missing(String)
    /// A field has a different JSON type from what its publisher writes.
    case wrongType(String)
    /// A field's text, or a notice's list of ends, is empty or too long.
    case unfitLength(String)
    /// A field is not a valid time.
    case notATime(String)
    /// The activation ends before it starts.
    case endBeforeStart
    /// There are more roles than any activation can have.
    case tooManyRoles(Int)
    /// A notice written by another version of this service.
    case unknownVersion

    /// What is wrong, for logs and quarantine; contains field names but no text from the publisher.
    package var reason: String {
        switch self {
        case .tooLarge(let bytes): "\(bytes) bytes, more than \(MessageLimits.messageBytes)"
        case .notJSON(let why): "not readable JSON: \(why)"
        case .missing(let field): "field \(field) is missing"
        case .wrongType(let field): "field \(field) has the wrong type"
        case .unfitLength(let field): "field \(field) is empty or too long"
        case .notATime(let field): "field \(field) is not a time"
        case .endBeforeStart: "the activation ends before it starts"
        case .unknownVersion: "a notice of another version of this service"
        case .tooManyRoles(let count): "\(count) roles, more than \(MessageLimits.roles)"
        }
    }
}

/// Limits on the messages read: far above what JIT Access can produce, far below what could do harm.
package enum MessageLimits {
    /// Maximum bytes of a message's data: Cloud Logging's audit entries have at most 512 KiB, JIT Access's messages
    /// less than 10 kB.
    package static let messageBytes = 1024 * 1024
    /// Maximum roles in a message: JIT Access activates at most `ACTIVATION_REQUEST_MAX_ROLES` (default 10) at once.
    package static let roles = 1000
    package static let fieldBytes = 64 * 1024
    /// Maximum bytes of a role name, user e-mail or project ID.
    package static let nameBytes = 1024
}
