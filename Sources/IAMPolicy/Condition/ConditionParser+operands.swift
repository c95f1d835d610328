extension ConditionParser {
    /// `Member`: an operand with any number of fields, method calls, indices, or the fields of a message behind it.
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

    /// `Primary`, and whether it is a name that the fields of a message may follow.
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
            // A name from the root. It means what the bare name means, unless a macro shadows that one.
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

    /// The name of a field; words that CEL keeps for later may be one.
    private mutating func fieldName() throws(ConditionSyntaxError) -> Range<Int> {
        let token = advance()
        guard token.kind == .identifier || token.kind == .reserved else {
            throw .unexpectedToken(offset: token.range.lowerBound)
        }
        return token.range
    }

    /// The arguments of a call up to its closing parenthesis, without a comma at the end.
    private mutating func arguments() throws(ConditionSyntaxError) -> [ConditionNode.Index] {
        var result: [ConditionNode.Index] = []
        if take(.rightParen) { return result }
        repeat {
            result.append(try expression())
        } while take(.comma)
        try expect(.rightParen)
        return result
    }

    /// The elements of a list up to its closing bracket; a comma may stand at the end.
    private mutating func elements() throws(ConditionSyntaxError) {
        while !take(.rightBracket) {
            _ = try expression()
            if take(.comma) { continue }
            return try expect(.rightBracket)
        }
    }

    /// The entries of a map or of a message up to the closing brace; a comma may stand at the end.
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
