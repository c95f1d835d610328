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

/// One value of a ``JSONDocument``.
package struct JSONValue: Sendable {
    package let document: JSONDocument
    let index: Int

    private var node: JSONNode { document.nodes[index] }

    package var kind: JSONKind { node.kind }

    /// The value's position in the document's bytes.
    package var range: Range<Int> { Int(node.start)..<Int(node.end) }

    /// The value's own text, byte for byte.
    package var rawBytes: ArraySlice<UInt8> { document.bytes[range] }

    /// Whether the value is `null`.
    package var isNull: Bool { node.kind == .null }

    /// The value of `true` or `false`; nil for any other kind.
    package var boolean: Bool? {
        node.kind == .boolean ? document.bytes[Int(node.start)] == UInt8(ascii: "t") : nil
    }

    /// The value of a number written as an integer (no fraction, no exponent) that fits; nil otherwise.
    package var integer: Int64? {
        guard node.kind == .number else { return nil }
        var digits = rawBytes
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        var result: Int64 = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            // Accumulated with its sign, so that the smallest Int64 is accepted too.
            let (sum, overflow2) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !overflow2 else { return nil }
            result = sum
        }
        return result
    }

    /// A string's content as UTF-8, unescaped; nil for any other kind.
    ///
    /// Compare security-relevant strings by these bytes: `String` equality is canonical equivalence.
    package var utf8: [UInt8]? {
        guard node.kind == .string else { return nil }
        return node.hasEscapes ? JSONEscapes.decode(content) : Array(content)
    }

    /// A string's content; nil for any other kind.
    package var string: String? {
        guard node.kind == .string else { return nil }
        // Straight from the document if nothing needs unescaping: a policy has thousands of strings.
        return node.hasEscapes
            ? String(decoding: JSONEscapes.decode(content), as: UTF8.self) : String(decoding: content, as: UTF8.self)
    }

    /// Whether the value is a string of exactly these bytes.
    package func isString(_ expected: String) -> Bool { document.isString(expected, at: index) }

    /// An array's elements in order; nil for any other kind.
    package var elements: [JSONValue]? {
        guard node.kind == .array else { return nil }
        return children
    }

    /// An object's members in order; nil for any other kind.
    package var members: [(name: JSONValue, value: JSONValue)]? {
        guard node.kind == .object else { return nil }
        let children = children
        return stride(from: 0, to: children.count, by: 2).map { (children[$0], children[$0 + 1]) }
    }

    /// An object's member with the name; nil if there is none or this is not an object.
    ///
    /// If the rules allow duplicate names, the last one wins.
    package subscript(_ name: String) -> JSONValue? {
        guard node.kind == .object else { return nil }
        var found: JSONValue?
        var cursor = index + 1
        let end = Int(node.next)
        while cursor < end {
            if document.isString(name, at: cursor) { found = JSONValue(document: document, index: cursor + 1) }
            cursor = Int(document.nodes[cursor + 1].next)
        }
        return found
    }

    /// A string's text between its quotes.
    private var content: ArraySlice<UInt8> { document.bytes[(Int(node.start) + 1)..<(Int(node.end) - 1)] }

    private var children: [JSONValue] {
        var result: [JSONValue] = []
        var cursor = index + 1
        while cursor < Int(node.next) {
            result.append(JSONValue(document: document, index: cursor))
            cursor = Int(document.nodes[cursor].next)
        }
        return result
    }
}

extension JSONDocument {
    /// Whether the node is a string of exactly these bytes; makes no copy, since every name lookup uses it.
    fileprivate func isString(_ expected: String, at index: Int) -> Bool {
        let node = nodes[index]
        guard node.kind == .string else { return false }
        let start = Int(node.start) + 1
        let count = Int(node.end) - 1 - start
        guard !node.hasEscapes else {
            return JSONEscapes.decode(bytes[start..<(start + count)]).elementsEqual(expected.utf8)
        }
        // Most names differ in length already.
        guard count == expected.utf8.count else { return false }
        let (text, wanted) = (bytes.span, expected.utf8.span)
        for offset in 0..<count where text[start + offset] != wanted[offset] { return false }
        return true
    }
}
