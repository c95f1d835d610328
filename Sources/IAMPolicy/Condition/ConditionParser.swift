/// A recursive-descent parser for CEL, with one function per precedence level.
struct ConditionParser {
    private let bytes: [UInt8]
    private let tokens: [ConditionToken]
    private var position = 0
    private var nodes: [ConditionNode] = []
    private var depth = 0

    /// Parses a whole expression.
    static func parse(_ bytes: [UInt8]) throws(ConditionSyntaxError) -> ConditionTree {
        var parser = ConditionParser(bytes: bytes, tokens: try ConditionLexer.tokens(of: bytes))
        let root = try parser.expression()
        try parser.expect(.end)
        return ConditionTree(source: bytes, nodes: parser.nodes, root: root)
    }

    private init(bytes: [UInt8], tokens: [ConditionToken]) {
        self.bytes = bytes
        self.tokens = tokens
        nodes.reserveCapacity(tokens.count / 2)
    }

    /// `Expr = ConditionalOr ["?" ConditionalOr ":" Expr]`: the lowest precedence, right-associative.
    mutating func expression() throws(ConditionSyntaxError) -> ConditionNode.Index {
        depth += 1
        defer { depth -= 1 }
        guard depth <= ConditionLimits.maximumDepth else { throw .tooDeep(offset: peek.range.lowerBound) }
        let condition = try disjunction()
        guard take(.question) else { return condition }
        let whenTrue = try disjunction()
        try expect(.colon)
        let whenFalse = try expression()
        return append(.conditional(condition, whenTrue, whenFalse))
    }

    private mutating func disjunction() throws(ConditionSyntaxError) -> ConditionNode.Index {
        let first = try conjunction()
        guard peek.kind == .or else { return first }
        var operands = [first]
        while take(.or) { operands.append(try conjunction()) }
        return append(.any(operands))
    }

    private mutating func conjunction() throws(ConditionSyntaxError) -> ConditionNode.Index {
        let first = try relation()
        guard peek.kind == .and else { return first }
        var operands = [first]
        while take(.and) { operands.append(try relation()) }
        return append(.all(operands))
    }

    /// Left-associative: `a < b == false` is `(a < b) == false`.
    private mutating func relation() throws(ConditionSyntaxError) -> ConditionNode.Index {
        var left = try arithmetic()
        while let relation = peek.kind.relation {
            position += 1
            let right = try arithmetic()
            left = append(relation.map { .comparison($0, left, right) } ?? .opaque)
        }
        return left
    }

    /// Sums and products together: their values are never evaluated, so their precedence does not matter.
    private mutating func arithmetic() throws(ConditionSyntaxError) -> ConditionNode.Index {
        let first = try unary()
        guard peek.kind.isArithmetic else { return first }
        while peek.kind.isArithmetic {
            position += 1
            _ = try unary()
        }
        return append(.opaque)
    }

    /// `Unary = Member | "!" {"!"} Member | "-" {"-"} Member`.
    private mutating func unary() throws(ConditionSyntaxError) -> ConditionNode.Index {
        if take(.minus) {
            while take(.minus) {}
            _ = try member()
            return append(.opaque)
        }
        var negations = 0
        while take(.not) { negations += 1 }
        let operand = try member()
        guard negations > 0 else { return operand }
        let once = append(.not(operand))
        return negations.isMultiple(of: 2) ? append(.not(once)) : once
    }

    // MARK: Tokens and nodes

    var peek: ConditionToken { tokens[position] }

    /// Consumes and returns the next token; the `end` token is never consumed.
    mutating func advance() -> ConditionToken {
        let token = tokens[position]
        if token.kind != .end { position += 1 }
        return token
    }

    mutating func take(_ kind: ConditionToken.Kind) -> Bool {
        guard kind != .end, tokens[position].kind == kind else { return false }
        position += 1
        return true
    }

    mutating func expect(_ kind: ConditionToken.Kind) throws(ConditionSyntaxError) {
        guard peek.kind == kind else { throw .unexpectedToken(offset: peek.range.lowerBound) }
        if kind != .end { position += 1 }
    }

    mutating func append(_ node: ConditionNode) -> ConditionNode.Index {
        nodes.append(node)
        return nodes.endIndex - 1
    }
}

extension ConditionToken.Kind {
    /// The comparison the operator stands for, `.some(nil)` for `in`; nil for any other token.
    fileprivate var relation: ConditionNode.Comparison?? {
        switch self {
        case .less: .some(.less)
        case .lessOrEqual: .some(.lessOrEqual)
        case .greater: .some(.greater)
        case .greaterOrEqual: .some(.greaterOrEqual)
        case .equal: .some(.equal)
        case .notEqual: .some(.notEqual)
        case .in: .some(nil)
        default: nil
        }
    }

    fileprivate var isArithmetic: Bool {
        switch self {
        case .plus, .minus, .times, .divide, .modulo: true
        default: false
        }
    }
}
