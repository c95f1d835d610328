/// A principal as a policy's binding names it (IAM, "Principal identifiers").
package struct Member: Sendable {
    /// The member's text, as it stands in the policy.
    package let text: String

    /// A member of a policy.
    package init(_ text: String) {
        self.text = text
    }

    /// Whether both name the same principal, deleted or not, in any ASCII case.
    ///
    /// Google keeps the letter case that an account was registered with, while JIT Access lower-cases e-mail addresses
    /// since 1.8.0. This is for answers and logs, never for what is removed, so it may be lenient.
    package func isSame(as other: Member) -> Bool {
        identifier.elementsEqual(other.identifier, by: { $0.foldedASCII == $1.foldedASCII })
    }

    /// `user:E` of `deleted:user:E?uid=N`; the text itself of any other member.
    private var identifier: Substring.UTF8View {
        let prefix = "deleted:"
        guard text.utf8.starts(with: prefix.utf8) else { return text[...].utf8 }
        let rest = text.utf8.dropFirst(prefix.utf8.count)
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
