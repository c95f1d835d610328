/// A text that must never appear in a log or an error.
struct Secret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    let value: String

    init(_ value: String) { self.value = value }

    /// Never shows the text.
    var description: String { "Secret" }

    /// Empty, so that reflection does not reveal the text.
    var customMirror: Mirror { Mirror(self, children: []) }
}
