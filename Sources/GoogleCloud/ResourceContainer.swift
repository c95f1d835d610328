/// The parent of projects and folders: `folders/N` or `organizations/N`, by number.
///
/// Google's display names are neither unique nor stable, so they are refused.
package struct ResourceContainer: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    /// Parses a name; nil if the text is not valid.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "folders" || parts[0] == "organizations", Self.isNumber(parts[1].utf8)
        else { return nil }
        name = String(text)
    }

    package var description: String { name }

    private static func isNumber(_ text: some Collection<UInt8>) -> Bool {
        // 64 bits have 19 digits.
        guard let first = text.first, first != UInt8(ascii: "0"), text.count <= 19 else { return false }
        return text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
