/// Byte-for-byte comparison with text; conditions and roles are compared thousands of times.
extension Span<UInt8> {
    /// Whether the bytes equal the text's UTF-8.
    func isText(_ text: String) -> Bool {
        // Checked first, since it is cheap and usually decides.
        guard count == text.utf8.count else { return false }
        return begins(with: text.utf8.span, at: 0)
    }

    /// Whether the bytes contain the text's UTF-8.
    func holds(_ text: String) -> Bool {
        let text = text.utf8.span
        for start in indices where begins(with: text, at: start) { return true }
        return text.isEmpty
    }

    private func begins(with text: Span<UInt8>, at start: Int) -> Bool {
        guard count - start >= text.count else { return false }
        for offset in text.indices where self[start + offset] != text[offset] { return false }
        return true
    }
}
