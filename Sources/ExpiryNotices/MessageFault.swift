/// Why a message can never be acted on.
package enum MessageFault: Error, Equatable, Sendable {
    /// The data is larger than ``MessageLimits/messageBytes``.
    case tooLarge(bytes: Int)
    /// The data is not JSON (or nests too deep, names a member twice, is not UTF-8).
    case notJSON(String)
    /// A required field is missing.
    case missing(String)
    /// A field has another JSON type than its publisher gives it.
    case wrongType(String)
    /// A field's text is empty or too long.
    case unfitLength(String)
    /// A field holds no time that exists.
    case notATime(String)
    /// The activation ends before it starts.
    case endBeforeStart
    /// More roles than any activation has.
    case tooManyRoles(Int)
    /// A notice of a later version of this service.
    case unknownVersion

    /// What is wrong, for logs and quarantine; holds field names only, no text of the publisher.
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

/// The largest message that is read; far beyond what JIT Access can make, far below what could hurt.
package enum MessageLimits {
    /// Bytes of a message's data: Cloud Logging's audit entries have 512 KiB at most, JIT Access's messages below 10 kB.
    package static let messageBytes = 1024 * 1024
    /// JIT Access lets at most `ACTIVATION_REQUEST_MAX_ROLES` (default 10) roles be activated at once.
    package static let roles = 1000
    package static let fieldBytes = 64 * 1024
    /// Bytes of one role's name, user's address or project ID.
    package static let nameBytes = 1024
}
