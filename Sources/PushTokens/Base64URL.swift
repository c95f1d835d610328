internal import Base64

/// Base64url (RFC 7515, section 2), in its canonical form only.
enum Base64URL {
    /// Decodes; nil for padding, any byte outside `A-Z a-z 0-9 - _`, an impossible length, or nonzero unused bits.
    ///
    /// So every content has exactly one spelling, and a token cannot be altered without altering what it says.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let text = Array(text)
        // Both alphabets in one text, and any other byte, are refused by the decoder.
        let isOther: (UInt8) -> Bool = { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "=") }
        guard !text.contains(where: isOther), let bytes = Base64.decode(text) else { return nil }
        // Only the last digit can have unused bits.
        let end = Base64.encodeURLSafe(Array(bytes.suffix(bytes.count % 3)))
        return end.utf8.elementsEqual(text.suffix(text.count % 4)) ? bytes : nil
    }
}
