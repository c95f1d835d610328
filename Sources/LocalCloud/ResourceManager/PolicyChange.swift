package import Timestamps

/// One change of a project's policy.
package struct PolicyChange: Sendable {
    /// Who changed it.
    package enum Author: Hashable, Sendable {
        /// A caller of `setIamPolicy`.
        case caller
        /// Another writer, JIT Access among them: ``LocalResourceManager/edit(_:_:)``.
        case competitor
    }

    package let project: String
    package let author: Author
    package let time: Instant
    /// The policy that was sent, byte for byte.
    package let sent: [UInt8]
    /// The etag that was sent; nil for a blind overwrite.
    package let sentETag: String?
    package let before: [UInt8]
    package let after: [UInt8]
    package let etagBefore: String
    package let etagAfter: String
    /// The `x-goog-request-reason` header.
    package let reason: String?
}

/// A call that reads or writes a policy, for hooks.
package struct PolicyCall: Sendable {
    package let project: String
    /// How many such calls there were for this project, this one included.
    package let number: Int
}
