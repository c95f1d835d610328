internal import Base64

/// Base64url (RFC 7515, section 2), in its canonical form only.
enum Base64URL {
    /// Decodes; nil for padding, any byte outside `A-Z a-z 0-9 - _`, an impossible length, or nonzero unused bits.
    ///
    /// So every content has exactly one spelling, and a token cannot be altered without altering what it says.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard let bytes = Base64.decode(Array(text)), Base64.encodeURLSafe(bytes).utf8.elementsEqual(text) else {
            return nil
        }
        return bytes
    }
}
