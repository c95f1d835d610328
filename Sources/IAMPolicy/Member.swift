/// A principal as a policy's binding names it (IAM documentation, "Principal identifiers").
package struct Member: Sendable {
    /// The member exactly as written in the policy, such as `user:alice@example.com`.
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Whether both name the same principal, deleted or not, ignoring ASCII case.
    ///
    /// Google keeps the letter case that an account was registered with, while JIT Access has lower-cased e-mail
    /// addresses since 1.8.0. This is used for answers and logs, never to decide what is removed, so it may be lenient.
    package func isSame(as other: Member) -> Bool {
        identifier.elementsEqual(other.identifier, by: { $0.foldedASCII == $1.foldedASCII })
    }

    /// `user:E` for `deleted:user:E?uid=N`; the whole text for any other member.
    private var identifier: Substring.UTF8View {
        let prefix = "deleted:"
        guard text.utf8.starts(with: prefix.utf8) else { return text[...].utf8 }
        let rest = text.utf8.dropFirst(prefix.utf8.count)
        // An address may itself contain a question mark, so the last one starts the suffix.
        guard let mark = rest.lastIndex(of: UInt8(ascii: "?")), rest[mark...].starts(with: "?uid=".utf8) else {
            return rest
        }
        return rest[..<mark]
    }
}

extension UInt8 {
    /// The byte with ASCII capitals lower-cased.
    var foldedASCII: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
