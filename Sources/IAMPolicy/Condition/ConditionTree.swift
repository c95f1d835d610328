/// A parsed condition, as a flat list in which every node follows its operands.
///
/// This allows it to be evaluated, and freed, without recursion.
struct ConditionTree: Sendable {
    /// The expression's bytes, which the nodes' ranges refer to.
    let source: [UInt8]
    let nodes: [ConditionNode]
    /// The node of the whole expression.
    let root: ConditionNode.Index

    /// The text of a name or a plain string.
    func text(_ range: Range<Int>) -> ArraySlice<UInt8> { source[range] }

    /// Whether a name or a plain string has this text.
    func isText(_ range: Range<Int>, _ text: String) -> Bool { source.span.extracting(range).isText(text) }

    /// The operands of the top-level `&&`, through any parentheses; the expression itself if there is none.
    var topLevelConjuncts: [ConditionNode.Index] {
        var result: [ConditionNode.Index] = []
        var rest = [root]
        while let index = rest.popLast() {
            if case .all(let operands) = nodes[index] {
                rest += operands.reversed()
            } else {
                result.append(index)
            }
        }
        return result
    }
}

/// One node of a ``ConditionTree``; parentheses produce no node.
enum ConditionNode: Sendable {
    typealias Index = Int

    case boolean(Bool)
    /// A string literal whose text between the quotes is its value.
    case plainString(Range<Int>)
    /// A name without a leading dot.
    case identifier(Range<Int>)
    case field(Range<Int>, of: Index)
    /// A call of a function by its name, without a leading dot or receiver.
    case call(Range<Int>, arguments: [Index])
    case not(Index)
    case all([Index])
    case any([Index])
    case comparison(Comparison, Index, Index)
    case conditional(Index, Index, Index)
    /// Valid CEL that is not evaluated: its value may be anything.
    case opaque

    /// CEL's relations except `in`, which is opaque.
    enum Comparison: Sendable {
        case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual

        /// The equivalent relation with the operands swapped.
        var mirrored: Comparison {
            switch self {
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            case .equal, .notEqual: self
            }
        }
    }
}
