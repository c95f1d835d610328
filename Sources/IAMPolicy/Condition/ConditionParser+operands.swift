extension ConditionParser {
    /// `Member`: an operand followed by any number of fields, method calls, indices or message fields.
    mutating func member() throws(ConditionSyntaxError) -> ConditionNode.Index {
        var (operand, isName) = try primary()
        while true {
            switch peek.kind {
            case .dot:
                _ = advance()
                let name = try fieldName()
                if take(.leftParen) {
                    _ = try arguments()
                    operand = append(.opaque)
                    isName = false
                } else {
                    operand = append(.field(name, of: operand))
                }
            case .leftBracket:
                _ = advance()
                _ = try expression()
                try expect(.rightBracket)
                operand = append(.opaque)
                isName = false
            case .leftBrace where isName:
                _ = advance()
                try entries(keysAreNames: true)
                operand = append(.opaque)
                isName = false
            default: return operand
            }
        }
    }

    /// `Primary`, and whether it is a name that message fields may follow.
    private mutating func primary() throws(ConditionSyntaxError) -> (ConditionNode.Index, isName: Bool) {
        let token = advance()
        switch token.kind {
        case .true: return (append(.boolean(true)), false)
        case .false: return (append(.boolean(false)), false)
        case .plainString:
            let content = (token.range.lowerBound + 1)..<(token.range.upperBound - 1)
            return (append(.plainString(content)), false)
        case .null, .number, .otherString: return (append(.opaque), false)
        case .identifier:
            guard take(.leftParen) else { return (append(.identifier(token.range)), true) }
            return (append(.call(token.range, arguments: try arguments())), false)
        case .dot:
            // A name with a leading dot, resolved from the root scope. It means the same as the bare name unless a
            // macro shadows that.
            try expect(.identifier)
            guard take(.leftParen) else { return (append(.opaque), true) }
            _ = try arguments()
            return (append(.opaque), false)
        case .leftParen:
            let inner = try expression()
            try expect(.rightParen)
            return (inner, false)
        case .leftBracket:
            try elements()
            return (append(.opaque), false)
        case .leftBrace:
            try entries(keysAreNames: false)
            return (append(.opaque), false)
        default: throw .unexpectedToken(offset: token.range.lowerBound)
        }
    }

    /// A field name, which may be one of CEL's reserved words.
    private mutating func fieldName() throws(ConditionSyntaxError) -> Range<Int> {
        let token = advance()
        guard token.kind == .identifier || token.kind == .reserved else {
            throw .unexpectedToken(offset: token.range.lowerBound)
        }
        return token.range
    }

    /// The arguments of a call through its closing parenthesis, without a trailing comma.
    private mutating func arguments() throws(ConditionSyntaxError) -> [ConditionNode.Index] {
        var result: [ConditionNode.Index] = []
        if take(.rightParen) { return result }
        repeat {
            result.append(try expression())
        } while take(.comma)
        try expect(.rightParen)
        return result
    }

    /// The elements of a list through its closing bracket; a trailing comma is allowed.
    private mutating func elements() throws(ConditionSyntaxError) {
        while !take(.rightBracket) {
            _ = try expression()
            if take(.comma) { continue }
            return try expect(.rightBracket)
        }
    }

    /// The entries of a map or message through its closing brace; a trailing comma is allowed.
    private mutating func entries(keysAreNames: Bool) throws(ConditionSyntaxError) {
        while !take(.rightBrace) {
            if keysAreNames { _ = try fieldName() } else { _ = try expression() }
            try expect(.colon)
            _ = try expression()
            if take(.comma) { continue }
            return try expect(.rightBrace)
        }
    }
}
