internal import Timestamps

/// The decision procedure, which is sound: a condition is dead only if no instant from a cutoff on, and no resource,
/// can make it true.
///
/// It evaluates the expression once over *sets* of outcomes. Only `request.time`, `timestamp("…")` of one plain
/// literal, `true` and `false` are known; every other operand may be true, false or an error. So a result without
/// "true" is a proof, and anything not understood keeps the condition alive. Being false now is never enough.
///
/// Assumption: IAM's clock lags ours by at most the grace period that separates the cutoff from now.
extension ConditionTree {
    /// The outcomes the expression may have at the cutoff or later.
    func outcomes(from cutoff: Instant) -> TruthSet {
        var values: [AbstractValue] = []
        values.reserveCapacity(nodes.count)
        for node in nodes {
            values.append(value(of: node, operands: values, from: cutoff))
        }
        return values[root].truth
    }

    /// Whether the expression cannot be true at any instant from the cutoff on.
    func isDead(from cutoff: Instant) -> Bool { !outcomes(from: cutoff).contains(.true) }

    /// The instants in the expression, ascending and without duplicates.
    var timeLiterals: [Instant] {
        var literals = nodes.indices.compactMap { instant($0) }
        literals.sort()
        return literals.indices.filter { $0 == 0 || literals[$0] != literals[$0 - 1] }.map { literals[$0] }
    }

    /// Whether the node is the global variable `request.time`; nodes inside macros are never checked.
    func isRequestTime(_ index: ConditionNode.Index) -> Bool {
        guard case .field(let field, let operand) = nodes[index], case .identifier(let name) = nodes[operand] else {
            return false
        }
        return isText(name, "request") && isText(field, "time")
    }

    /// The instant of `timestamp("…")` with one plain literal, in the one format that all engines read alike; any other
    /// format is unknown, not invalid.
    func instant(_ index: ConditionNode.Index) -> Instant? {
        guard case .call(let function, let arguments) = nodes[index], arguments.count == 1,
            isText(function, "timestamp"), case .plainString(let literal) = nodes[arguments[0]]
        else { return nil }
        return Instant(utf8: text(literal), spelling: .strict)
    }

    private func value(of node: ConditionNode, operands: [AbstractValue], from cutoff: Instant) -> AbstractValue {
        switch node {
        case .boolean(let value): return .truth(value ? .true : .false)
        case .not(let operand): return .truth(!operands[operand].truth)
        case .all(let indices):
            return .truth(indices.reduce(.true) { $0.and(operands[$1].truth) })
        case .any(let indices):
            return .truth(indices.reduce(.false) { $0.or(operands[$1].truth) })
        case .conditional(let condition, let whenTrue, let whenFalse):
            return .truth(operands[condition].truth.choosing(operands[whenTrue].truth, operands[whenFalse].truth))
        case .comparison(let comparison, let left, let right):
            return .truth(Self.compare(operands[left], comparison, operands[right], from: cutoff))
        case .field, .call:
            let index = operands.endIndex
            if isRequestTime(index) { return .requestTime }
            return instant(index).map { .instant($0) } ?? .truth(.unknown)
        case .plainString, .identifier, .opaque: return .truth(.unknown)
        }
    }

    private static func compare(
        _ left: AbstractValue,
        _ comparison: ConditionNode.Comparison,
        _ right: AbstractValue,
        from cutoff: Instant
    ) -> TruthSet {
        switch (left, right) {
        case (.requestTime, .instant(let instant)): compareTime(comparison, instant, from: cutoff)
        case (.instant(let instant), .requestTime): compareTime(comparison.mirrored, instant, from: cutoff)
        case (.truth(let left), .truth(let right)):
            switch comparison {
            case .equal: left.equals(right)
            case .notEqual: !left.equals(right)
            case .less, .lessOrEqual, .greater, .greaterOrEqual: .unknown
            }
        default: .unknown
        }
    }

    /// `request.time <comparison> instant` for all times from the cutoff on, inclusive and unbounded.
    private static func compareTime(
        _ comparison: ConditionNode.Comparison,
        _ instant: Instant,
        from cutoff: Instant
    ) -> TruthSet {
        switch comparison {
        case .less: cutoff < instant ? [.true, .false] : .false
        case .lessOrEqual: cutoff <= instant ? [.true, .false] : .false
        case .greater: cutoff <= instant ? [.true, .false] : .true
        case .greaterOrEqual: cutoff < instant ? [.true, .false] : .true
        case .equal: cutoff <= instant ? [.true, .false] : .false
        case .notEqual: cutoff <= instant ? [.true, .false] : .true
        }
    }
}

/// What is known about an operand's value.
private enum AbstractValue {
    case requestTime
    case instant(Instant)
    case truth(TruthSet)

    /// The value as an operand of a logical operator, where a time is treated as unknown.
    var truth: TruthSet {
        switch self {
        case .truth(let set): set
        case .requestTime, .instant: .unknown
        }
    }
}
