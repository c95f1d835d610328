/// Splits a condition into CEL tokens.
///
/// Text that engines are known or likely to read differently is rejected, so the condition is kept.
struct ConditionLexer {
    let bytes: [UInt8]
    var cursor = 0

    /// Returns all tokens, ending with ``ConditionToken/Kind/end``.
    static func tokens(of bytes: [UInt8]) throws(ConditionSyntaxError) -> [ConditionToken] {
        guard bytes.count <= ConditionLimits.maximumBytes else { throw .tooLong(bytes: bytes.count) }
        if let offset = bytes.firstIndex(of: 0) { throw .nul(offset: offset) }
        var lexer = ConditionLexer(bytes: bytes)
        var tokens: [ConditionToken] = []
        // JIT Access's window has about one token per four bytes.
        tokens.reserveCapacity(bytes.count / 4 + 1)
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private mutating func next() throws(ConditionSyntaxError) -> ConditionToken {
        try skipSpaceAndComments()
        let start = cursor
        guard let first = peek() else { return ConditionToken(kind: .end, range: start..<start) }
        if first.isQuote { return try string(from: start, prefix: "") }
        if first.beginsIdentifier { return try word() }
        if first.isDigit || (first == UInt8(ascii: ".") && peek(1)?.isDigit == true) { return try number() }
        guard let (kind, length) = ConditionToken.Kind.symbol(first, peek(1)) else {
            throw .unexpectedCharacter(offset: start)
        }
        cursor += length
        return ConditionToken(kind: kind, range: start..<cursor)
    }

    func peek(_ distance: Int = 0) -> UInt8? {
        cursor + distance < bytes.count ? bytes[cursor + distance] : nil
    }

    /// Skips whitespace (tab, LF, FF, CR and space only) and comments (from `//` to the next LF).
    private mutating func skipSpaceAndComments() throws(ConditionSyntaxError) {
        while let byte = peek() {
            switch byte {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x20: cursor += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): try skipComment()
            default: return
            }
        }
    }

    /// Skips a comment, which ends only at LF.
    ///
    /// Anything else that may count as a line break (a lone CR, FF, VT, NEL, LS, PS) is rejected rather than skipped:
    /// an engine that ended the comment there would see code where this lexer sees none.
    private mutating func skipComment() throws(ConditionSyntaxError) {
        while let byte = peek(), byte != 0x0A {
            switch (byte, peek(1), peek(2)) {
            case (0x0D, 0x0A, _), (0x09, _, _): break
            case (0..<0x20, _, _), (0xC2, 0x85, _), (0xE2, 0x80, 0xA8), (0xE2, 0x80, 0xA9):
                throw .ambiguousComment(offset: cursor)
            default: break
            }
            cursor += 1
        }
    }

    private mutating func word() throws(ConditionSyntaxError) -> ConditionToken {
        let start = cursor
        while let byte = peek(), byte.continuesIdentifier { cursor += 1 }
        if peek()?.isQuote == true {
            let prefix = String(decoding: bytes[start..<cursor], as: UTF8.self).lowercased()
            // `rb` is a Python prefix, but not a CEL one.
            if ["r", "b", "br"].contains(prefix) { return try string(from: start, prefix: prefix) }
        }
        return ConditionToken(kind: .init(word: bytes.span.extracting(start..<cursor)), range: start..<cursor)
    }
}

extension UInt8 {
    /// Whether the byte opens a string or bytes literal.
    var isQuote: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") }

    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// An ASCII letter or an underscore.
    var beginsIdentifier: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || self == UInt8(ascii: "_")
    }

    /// An ASCII letter, an underscore or a digit.
    var continuesIdentifier: Bool { beginsIdentifier || isDigit }

    /// The value of a hexadecimal digit in either case; nil for other bytes.
    var hexValue: UInt32? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
