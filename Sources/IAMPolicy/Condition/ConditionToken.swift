/// One CEL token (language definition, "Syntax": the lexical rules).
struct ConditionToken {
    enum Kind {
        case identifier
        /// A reserved word of CEL (`for`, `package`, …), valid only as a field name.
        case reserved
        /// An integer, unsigned integer or double.
        case number
        /// A single-quoted or double-quoted string without a prefix or escapes: its text is its value.
        case plainString
        /// Any other string literal, or a bytes literal.
        case otherString
        case `true`, `false`, null, `in`
        case question, colon, or, and, not
        case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
        case plus, minus, times, divide, modulo
        case dot, comma, leftParen, rightParen, leftBracket, rightBracket, leftBrace, rightBrace
        case end
    }

    let kind: Kind
    /// The token's range in the expression's bytes.
    let range: Range<Int>
}

extension ConditionToken.Kind {
    private static let words: [(text: String, kind: Self)] =
        [("true", .true), ("false", .false), ("null", .null), ("in", .in)]
        + [
            "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
            "namespace", "return", "var", "void", "while",
        ].map { ($0, .reserved) }

    /// A keyword, a reserved word or an identifier.
    init(word: Span<UInt8>) {
        // Faster than hashing, since most words differ in length.
        for candidate in Self.words where word.isText(candidate.text) {
            self = candidate.kind
            return
        }
        self = .identifier
    }

    /// The operator or bracket that starts with these two bytes, and its length in bytes.
    static func symbol(_ first: UInt8, _ second: UInt8?) -> (kind: Self, length: Int)? {
        switch (Unicode.Scalar(first), second.map { Unicode.Scalar($0) }) {
        case ("|", "|"): (.or, 2)
        case ("&", "&"): (.and, 2)
        case ("<", "="): (.lessOrEqual, 2)
        case (">", "="): (.greaterOrEqual, 2)
        case ("=", "="): (.equal, 2)
        case ("!", "="): (.notEqual, 2)
        case ("<", _): (.less, 1)
        case (">", _): (.greater, 1)
        case ("!", _): (.not, 1)
        case ("?", _): (.question, 1)
        case (":", _): (.colon, 1)
        case ("+", _): (.plus, 1)
        case ("-", _): (.minus, 1)
        case ("*", _): (.times, 1)
        case ("/", _): (.divide, 1)
        case ("%", _): (.modulo, 1)
        case (".", _): (.dot, 1)
        case (",", _): (.comma, 1)
        case ("(", _): (.leftParen, 1)
        case (")", _): (.rightParen, 1)
        case ("[", _): (.leftBracket, 1)
        case ("]", _): (.rightBracket, 1)
        case ("{", _): (.leftBrace, 1)
        case ("}", _): (.rightBrace, 1)
        default: nil
        }
    }
}
