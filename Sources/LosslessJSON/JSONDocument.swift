/// A JSON document that preserves every byte of its source.
///
/// Values are views into the original text, so what is not changed goes out exactly as it came: number spellings,
/// escapes, member order, whitespace and unknown members.
package struct JSONDocument: Sendable {
    package let bytes: [UInt8]
    /// Preorder; an object's children alternate between a name and its value.
    let nodes: [JSONNode]

    /// Parses a whole document (RFC 8259) under the given rules.
    ///
    /// - Throws: ``JSONError``, for anything that the grammar or the rules reject.
    package init(_ bytes: [UInt8], rules: JSONRules) throws(JSONError) {
        guard bytes.count <= rules.maximumBytes else { throw .tooLarge(bytes: bytes.count) }
        guard bytes.isUTF8, !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { throw .notUTF8 }
        var parser = JSONParser(bytes: bytes, rules: rules)
        self.nodes = try parser.parseDocument()
        self.bytes = bytes
    }

    package var root: JSONValue { JSONValue(document: self, index: 0) }
}

package enum JSONKind: UInt8, Sendable {
    case null, boolean, number, string, array, object
}

/// A value's position in the text and in the preorder.
struct JSONNode: Sendable {
    var kind: JSONKind
    /// For strings: whether the text contains a backslash.
    var hasEscapes: Bool
    /// Byte offsets, strings including their quotes.
    var start: Int32
    var end: Int32
    /// The index of the first node after this value's subtree.
    var next: Int32
}

extension [UInt8] {
    /// Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates).
    fileprivate var isUTF8: Bool {
        (try? UTF8Span(validating: self.span)) != nil
    }
}
