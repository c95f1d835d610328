extension ConditionLexer {
    /// Reads a string or bytes literal; the cursor is at its opening quote, after the prefix.
    ///
    /// Escapes are validated but not decoded: only strings without escapes are ever evaluated.
    mutating func string(from start: Int, prefix: String) throws(ConditionSyntaxError) -> ConditionToken {
        let quote = bytes[cursor]
        let isTriple = peek(1) == quote && peek(2) == quote
        let isRaw = prefix.hasSuffix("r")
        let quoteLength = isTriple ? 3 : 1
        var hasEscapes = false
        cursor += quoteLength
        while !isAtClosing(quote, length: quoteLength) {
            guard let byte = peek() else { throw .malformedLiteral(offset: start) }
            if !isTriple, byte == 0x0A || byte == 0x0D { throw .malformedLiteral(offset: cursor) }
            cursor += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            hasEscapes = true
            if isRaw {
                // Parsers disagree on whether a raw string ends here.
                if peek() == quote { throw .malformedLiteral(offset: cursor) }
            } else {
                try skipEscape(inBytes: prefix.hasPrefix("b"))
            }
        }
        cursor += quoteLength
        // `"a""b"` and `"""a""""`: no grammar allows a quote right after a literal, but engines may split such text
        // differently.
        if peek()?.isQuote == true { throw .malformedLiteral(offset: cursor) }
        let isPlain = prefix.isEmpty && !isTriple && !hasEscapes
        return ConditionToken(kind: isPlain ? .plainString : .otherString, range: start..<cursor)
    }

    private func isAtClosing(_ quote: UInt8, length: Int) -> Bool {
        (0..<length).allSatisfy { peek($0) == quote }
    }

    /// Skips one escape of a string or bytes literal; the cursor is after the backslash.
    private mutating func skipEscape(inBytes: Bool) throws(ConditionSyntaxError) {
        let start = cursor - 1
        guard let kind = peek() else { throw .malformedLiteral(offset: start) }
        cursor += 1
        switch Unicode.Scalar(kind) {
        case "a", "b", "f", "n", "r", "t", "v", "\\", "'", "\"", "`", "?": return
        case "x", "X": _ = try hexadecimal(2, from: start)
        case "u" where !inBytes: try checkScalar(hexadecimal(4, from: start), from: start)
        case "U" where !inBytes: try checkScalar(hexadecimal(8, from: start), from: start)
        case "0", "1", "2", "3":
            for _ in 0..<2 {
                guard let digit = peek(), digit.isDigit, digit < UInt8(ascii: "8") else {
                    throw .malformedLiteral(offset: start)
                }
                cursor += 1
            }
        default: throw .malformedLiteral(offset: start)
        }
    }

    private mutating func hexadecimal(_ count: Int, from start: Int) throws(ConditionSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = peek()?.hexValue else { throw .malformedLiteral(offset: start) }
            value = value << 4 | digit
            cursor += 1
        }
        return value
    }

    private func checkScalar(_ value: UInt32, from start: Int) throws(ConditionSyntaxError) {
        guard Unicode.Scalar(value) != nil else { throw .malformedLiteral(offset: start) }
    }

    /// Reads an integer, unsigned integer or double; a sign is a separate operator token.
    mutating func number() throws(ConditionSyntaxError) -> ConditionToken {
        let start = cursor
        var isInteger = true
        if peek() == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x") {
            cursor += 2
            guard peek()?.hexValue != nil else { throw .malformedLiteral(offset: start) }
            while peek()?.hexValue != nil { cursor += 1 }
        } else {
            skipDigits()
            if peek() == UInt8(ascii: "."), peek(1)?.isDigit == true {
                isInteger = false
                cursor += 1
                skipDigits()
            }
            if let exponent = peek(), exponent | 0x20 == UInt8(ascii: "e") {
                isInteger = false
                cursor += 1
                if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { cursor += 1 }
                guard peek()?.isDigit == true else { throw .malformedLiteral(offset: start) }
                skipDigits()
            }
        }
        if isInteger, let suffix = peek(), suffix | 0x20 == UInt8(ascii: "u") { cursor += 1 }
        if peek()?.continuesIdentifier == true { throw .malformedLiteral(offset: start) }
        return ConditionToken(kind: .number, range: start..<cursor)
    }

    private mutating func skipDigits() {
        while peek()?.isDigit == true { cursor += 1 }
    }
}
