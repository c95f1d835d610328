import TestSupport
import Timestamps

/// A random condition whose value is known without our reader: the reference that the decision is held against.
indirect enum ReferenceExpression {
    enum Value: Equatable {
        case boolean(Bool)
        case integer(Int)
        case error
    }

    case literal(Bool)
    case integer(Int)
    case error
    /// An unknown of the resource: one of a few values that differ between resources.
    case resource(Int)
    case time(String, Instant, isMirrored: Bool)
    case not(ReferenceExpression)
    case all([ReferenceExpression])
    case any([ReferenceExpression])
    case equal(ReferenceExpression, ReferenceExpression, isNegated: Bool)
    case conditional(ReferenceExpression, ReferenceExpression, ReferenceExpression)

    static let relations = ["<", "<=", ">", ">=", "==", "!="]

    /// CEL's value at an instant, for a resource of these unknowns.
    func value(at time: Instant, _ resource: [Value]) -> Value {
        switch self {
        case .literal(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .error: return .error
        case .resource(let index): return resource[index]
        case .time(let relation, let instant, _):
            switch relation {
            case "<": return .boolean(time < instant)
            case "<=": return .boolean(time <= instant)
            case ">": return .boolean(time > instant)
            case ">=": return .boolean(time >= instant)
            case "==": return .boolean(time == instant)
            default: return .boolean(time != instant)
            }
        case .not(let operand):
            guard case .boolean(let value) = operand.value(at: time, resource) else { return .error }
            return .boolean(!value)
        case .all(let operands): return Self.join(operands.map { $0.value(at: time, resource) }, deciding: false)
        case .any(let operands): return Self.join(operands.map { $0.value(at: time, resource) }, deciding: true)
        case .equal(let left, let right, let isNegated):
            let (left, right) = (left.value(at: time, resource), right.value(at: time, resource))
            guard left != .error, right != .error else { return .error }
            return .boolean((left == right) != isNegated)
        case .conditional(let condition, let whenTrue, let whenFalse):
            guard case .boolean(let value) = condition.value(at: time, resource) else { return .error }
            return (value ? whenTrue : whenFalse).value(at: time, resource)
        }
    }

    private static func join(_ values: [Value], deciding: Bool) -> Value {
        if values.contains(.boolean(deciding)) { return .boolean(deciding) }
        return values.allSatisfy { $0 == .boolean(!deciding) } ? .boolean(!deciding) : .error
    }

    /// The instants that the expression names, in their order.
    var literals: [Instant] {
        switch self {
        case .literal, .integer, .error, .resource: []
        case .time(_, let instant, _): [instant]
        case .not(let operand): operand.literals
        case .all(let operands), .any(let operands): operands.flatMap(\.literals)
        case .equal(let left, let right, _): left.literals + right.literals
        case .conditional(let condition, let whenTrue, let whenFalse):
            condition.literals + whenTrue.literals + whenFalse.literals
        }
    }

    /// The text, with parentheses only where the grammar needs them, so that precedence is tested as well.
    func text(_ quote: String = "\"") -> String { written(quote).text }

    /// Binding strength: 0 ternary, 1 `||`, 2 `&&`, 3 relation, 4 arithmetic, 5 unary, 6 member.
    private func written(_ quote: String) -> (text: String, strength: Int) {
        func operand(_ expression: ReferenceExpression, _ least: Int) -> String {
            let (text, strength) = expression.written(quote)
            return strength >= least ? text : "(\(text))"
        }
        switch self {
        case .literal(let value): return ("\(value)", 6)
        case .integer(let value): return ("\(value)", 6)
        case .error: return ("1 / 0 == 0", 3)
        case .resource(let index): return ("resource.labels.r\(index)", 6)
        case .time(let relation, let instant, let isMirrored):
            let literal = "timestamp(\(quote)\(instant)\(quote))"
            guard isMirrored else { return ("request.time \(relation) \(literal)", 3) }
            let mirrors = ["<": ">", "<=": ">=", ">": "<", ">=": "<="]
            return ("\(literal) \(mirrors[relation] ?? relation) request.time", 3)
        case .not(let inner):
            let text = operand(inner, 5)
            return ("!\(text)", 5)
        case .all(let operands): return (operands.map { operand($0, 3) }.joined(separator: " && "), 2)
        case .any(let operands): return (operands.map { operand($0, 2) }.joined(separator: " || "), 1)
        case .equal(let left, let right, let isNegated):
            return ("\(operand(left, 3)) \(isNegated ? "!=" : "==") \(operand(right, 4))", 3)
        case .conditional(let condition, let whenTrue, let whenFalse):
            return ("\(operand(condition, 1)) ? \(operand(whenTrue, 1)) : \(operand(whenFalse, 0))", 0)
        }
    }
}

extension ReferenceExpression {
    /// What a random expression may be made of.
    struct Grammar {
        /// Instants to compare with.
        let instants: [Instant]
        /// Whether `==`, `!=`, integers, errors and repeated unknowns may occur: there the decision is sound, not exact.
        let isFull: Bool
        var nextResource = 0
        var times = 0
    }

    static func random(_ grammar: inout Grammar, depth: Int, _ random: inout SplitMix64) -> ReferenceExpression {
        guard depth > 0, !random.oneIn(5) else { return atom(&grammar, &random) }
        func part() -> ReferenceExpression { .random(&grammar, depth: depth - 1, &random) }
        func parts() -> [ReferenceExpression] { (0..<Int.random(in: 2...3, using: &random)).map { _ in part() } }
        switch Int.random(in: 0..<(grammar.isFull ? 10 : 8), using: &random) {
        case 0, 1: return .not(part())
        case 2, 3, 4: return .all(parts())
        case 5, 6: return .any(parts())
        case 7: return .conditional(part(), part(), part())
        default: return .equal(part(), part(), isNegated: random.oneIn(2))
        }
    }

    private static func atom(_ grammar: inout Grammar, _ random: inout SplitMix64) -> ReferenceExpression {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .literal(random.oneIn(2))
        case 1 where grammar.isFull: return .error
        case 2 where grammar.isFull: return .integer(Int.random(in: 0...1, using: &random))
        case 3...5:
            if grammar.isFull { return .resource(Int.random(in: 0..<3, using: &random)) }
            grammar.nextResource += 1
            return grammar.nextResource <= 3 ? .resource(grammar.nextResource - 1) : .literal(random.oneIn(2))
        default:
            grammar.times += 1
            if !grammar.isFull, grammar.times > 1 { return .literal(random.oneIn(2)) }
            return .time(random.pick(relations), random.pick(grammar.instants), isMirrored: random.oneIn(2))
        }
    }
}
