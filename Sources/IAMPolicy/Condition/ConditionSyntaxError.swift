/// Why a condition's text was not read; such a condition is always kept.
///
/// Offsets are bytes from the start of the expression.
package enum ConditionSyntaxError: Error, Equatable, Sendable {
    /// The text is longer than ``ConditionLimits/maximumBytes``.
    case tooLong(bytes: Int)
    /// The text holds U+0000, at which a reader written in C would stop.
    case nul(offset: Int)
    /// Brackets, calls or ternaries are nested deeper than ``ConditionLimits/maximumDepth``.
    case tooDeep(offset: Int)
    /// A character that begins no token of CEL: white space other than CEL's, a homoglyph, a back quote.
    case unexpectedCharacter(offset: Int)
    /// A literal that CEL refuses, or that engines do not end at the same place.
    case malformedLiteral(offset: Int)
    /// A comment that engines do not end at the same place: it holds a line break other than LF or CR LF.
    case ambiguousComment(offset: Int)
    /// A token that the grammar does not allow there.
    case unexpectedToken(offset: Int)
}

extension ConditionSyntaxError: CustomStringConvertible {
    /// A short sentence for logs; it never repeats the expression.
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

/// What a condition may cost to read.
package enum ConditionLimits {
    /// The longest expression in bytes that is read; IAM's own limit of 12 logical operators stays far below it.
    package static let maximumBytes = 16 * 1024
    /// The deepest nesting that is read; CEL asks engines for 32 parentheses and 24 ternaries at least.
    ///
    /// Runs of `!` or `-` and chains of `&&`, `||`, `.` and `[]` are read without nesting.
    package static let maximumDepth = 64
}
