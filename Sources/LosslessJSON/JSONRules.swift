/// How strictly a document is parsed, and how large it may be.
///
/// Always rejected, whatever the rules say: bytes that are not UTF-8, a byte order mark, anything after the value,
/// trailing commas, raw control characters in strings, lone surrogates, and numbers outside RFC 8259's grammar.
package struct JSONRules: Sendable {
    /// The deepest nesting of arrays and objects accepted; a flat object has depth 1.
    package var maximumDepth: Int
    /// The largest document accepted, in bytes.
    package var maximumBytes: Int
    /// The most values accepted, names included: each one takes memory, however short it is.
    package var maximumValues: Int
    /// Whether an object may have duplicate names; if so, the last one counts, as in most parsers.
    package var allowsDuplicateNames: Bool
    /// Whether a string may contain U+0000, which C libraries take for its end.
    package var allowsNUL: Bool

    package init(
        maximumDepth: Int,
        maximumBytes: Int,
        maximumValues: Int = .max,
        allowsDuplicateNames: Bool = false,
        allowsNUL: Bool = false
    ) {
        self.maximumDepth = maximumDepth
        self.maximumBytes = maximumBytes
        self.maximumValues = maximumValues
        self.allowsDuplicateNames = allowsDuplicateNames
        self.allowsNUL = allowsNUL
    }
}

/// Why a document was rejected, with the byte offset where parsing stopped.
package enum JSONError: Error, Equatable, Sendable {
    /// The document is larger than the rules allow.
    case tooLarge(bytes: Int)
    /// The bytes are not UTF-8, or begin with a byte order mark.
    case notUTF8
    /// The grammar of RFC 8259 is violated.
    case malformed(offset: Int)
    /// Arrays and objects are nested deeper than the rules allow.
    case tooDeep(offset: Int)
    /// There are more values than the rules allow.
    case tooManyValues(offset: Int)
    /// An object names a member twice (names are compared after unescaping).
    case duplicateName(offset: Int)
    /// A string contains U+0000 and the rules reject it.
    case nul(offset: Int)
}

extension JSONError: CustomStringConvertible {
    /// A description of the fault for operators.
    package var description: String {
        switch self {
        case .tooLarge: "too large"
        case .notUTF8: "not UTF-8, or with a byte order mark"
        case .malformed(let offset): "not JSON, at byte \(offset)"
        case .tooDeep(let offset): "nested too deeply, at byte \(offset)"
        case .tooManyValues(let offset): "too many values, at byte \(offset)"
        case .duplicateName(let offset): "a duplicate field, at byte \(offset)"
        case .nul(let offset): "a string with U+0000, at byte \(offset)"
        }
    }
}
