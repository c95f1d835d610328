/// The ID of a Google Cloud project, always exactly one segment of a URL's path.
///
/// 6 to 30 lower-case letters, digits and hyphens that begin with a letter and do not end with a hyphen
/// (https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects); in old projects of a domain also
/// `example.com:` in front of that. Project numbers are refused: no message names a project by its number.
package struct ProjectID: Hashable, Sendable, CustomStringConvertible {
    /// The longest domain in front of the colon, in bytes (RFC 1035, section 2.3.4).
    static let maximumDomainBytes = 253

    package let value: String

    /// The ID in a URL's path, colon encoded: there a colon would begin a custom method.
    package let pathSegment: String

    /// Parses an ID; nil if the text is not valid.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = parts.last, Self.isPlainID(id) else { return nil }
        if parts.count == 2, !Self.isDomain(parts[0]) { return nil }
        value = text
        pathSegment = parts.count == 1 ? text : parts.map { String(Substring($0)) }.joined(separator: "%3A")
    }

    package var description: String { value }

    private static func isPlainID(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        guard (6...30).contains(text.count), let first = text.first, let last = text.last else { return false }
        return isLetter(first) && last != UInt8(ascii: "-") && text.allSatisfy(isLabelByte)
    }

    private static func isDomain(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, text.count <= maximumDomainBytes else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.allSatisfy(isLabelByte)
                && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
}
