/// A text that no log and no error may show.
struct Secret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    let value: String

    init(_ value: String) { self.value = value }

    /// Never the text.
    var description: String { "Secret" }

    /// Nothing.
    var customMirror: Mirror { Mirror(self, children: []) }
}
