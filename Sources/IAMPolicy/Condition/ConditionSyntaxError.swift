/// Why a condition could not be parsed; such a condition is always kept.
///
/// Offsets are in bytes from the start of the expression.
package enum ConditionSyntaxError: Error, Equatable, Sendable {
    /// The text is longer than ``ConditionLimits/maximumBytes``.
    case tooLong(bytes: Int)
    /// The text contains U+0000, at which a C parser would stop.
    case nul(offset: Int)
    /// Brackets, calls or ternaries are nested deeper than ``ConditionLimits/maximumDepth``.
    case tooDeep(offset: Int)
    /// A character that starts no CEL token: whitespace that CEL does not allow, a homoglyph, a backquote.
    case unexpectedCharacter(offset: Int)
    /// A literal that CEL rejects, or that engines may end at different places.
    case malformedLiteral(offset: Int)
    /// A comment that engines may end at different places: it contains a line break other than LF or CR LF.
    case ambiguousComment(offset: Int)
    /// A token the grammar does not allow at this point.
    case unexpectedToken(offset: Int)
}

extension ConditionSyntaxError: CustomStringConvertible {
    /// A short sentence for logs; never contains the expression.
    package var description: String {
        switch self {
        case .tooLong(let bytes): "the expression has \(bytes) bytes, more than \(ConditionLimits.maximumBytes)"
        case .nul(let offset): "U+0000 at byte \(offset)"
        case .tooDeep(let offset): "nested more than \(ConditionLimits.maximumDepth) deep at byte \(offset)"
        case .unexpectedCharacter(let offset): "a character not allowed in CEL at byte \(offset)"
        case .malformedLiteral(let offset): "a malformed or ambiguous literal at byte \(offset)"
        case .ambiguousComment(let offset): "a comment with an ambiguous end at byte \(offset)"
        case .unexpectedToken(let offset): "CEL syntax error at byte \(offset)"
        }
    }
}

/// Limits on the expressions that are parsed.
package enum ConditionLimits {
    /// The maximum length of an expression, in bytes; IAM's own limit of 12 logical operators stays far below it.
    package static let maximumBytes = 16 * 1024
    /// The maximum nesting depth; the CEL specification requires engines to support at least 32 parentheses and 24
    /// ternaries.
    ///
    /// Runs of `!` or `-` and chains of `&&`, `||`, `.` and `[]` do not count as nesting.
    package static let maximumDepth = 64
}
