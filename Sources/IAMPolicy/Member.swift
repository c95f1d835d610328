/// A principal as a policy's binding names it.
///
/// Google keeps the letter case that an account was registered with, while JIT Access lower-cases e-mail addresses
/// since 1.8.0; so users are compared without regard to ASCII case, and everything else is compared by its bytes.
/// See "Principal identifiers" in Google's IAM documentation.
package struct Member: Sendable {
    /// The member's text, as it stands in the policy.
    package let text: String

    /// A member of a policy.
    package init(_ text: String) {
        self.text = text
    }

    /// Whether the member is the user of that e-mail address, deleted or not: `user:E`, `deleted:user:E?uid=N`.
    ///
    /// - Parameter email: The bare address, as JIT Access's messages name the beneficiary.
    /// - Returns: True for that user, in any ASCII case; false for any other kind of principal.
    package func isUser(_ email: String) -> Bool {
        guard let own = userEmail else { return false }
        return own.elementsEqual(email.utf8, by: { $0.foldedASCII == $1.foldedASCII })
    }

    private var userEmail: Substring.UTF8View? {
        let prefix = "user:"
        let deletedPrefix = "deleted:user:"
        if text.utf8.starts(with: prefix.utf8) { return text.utf8.dropFirst(prefix.utf8.count) }
        guard text.utf8.starts(with: deletedPrefix.utf8) else { return nil }
        let rest = text.utf8.dropFirst(deletedPrefix.utf8.count)
        // An address may hold a question mark itself, so the last one begins the suffix.
        guard let mark = rest.lastIndex(of: UInt8(ascii: "?")), rest[mark...].starts(with: "?uid=".utf8) else {
            return rest
        }
        return rest[..<mark]
    }
}

extension UInt8 {
    /// The byte with an ASCII capital letter made small.
    fileprivate var foldedASCII: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
