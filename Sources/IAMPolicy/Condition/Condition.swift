package import Timestamps

/// The expression of an IAM condition (CEL), parsed as far as this service needs.
///
/// Only the expression is evidence: not the title, the description or the role.
package struct Condition: Sendable {
    private enum Reading {
        case eligibilityMarker
        case unreadable(ConditionSyntaxError)
        case tree(ConditionTree)
    }

    private let reading: Reading

    /// Parses an expression in UTF-8; if that fails, the condition never counts as dead.
    package init(expression: [UInt8]) {
        do throws(ConditionSyntaxError) {
            let isReadable = expression.count <= ConditionLimits.maximumBytes
            if isReadable, EligibilityMarker.isIn(expression) {
                reading = .eligibilityMarker
            } else {
                reading = .tree(try ConditionParser.parse(expression))
            }
        } catch {
            reading = .unreadable(error)
        }
    }

    /// Whether the condition is proven false at every instant from the cutoff on, for every resource.
    ///
    /// - Parameter cutoff: The earliest instant at which the condition may still be evaluated: now, less a grace period
    ///   for clock differences.
    /// - Returns: True if it is proven that it cannot.
    package func isDead(from cutoff: Instant) -> Bool {
        guard case .tree(let tree) = reading else { return false }
        return tree.isDead(from: cutoff)
    }

    /// When the condition dies.
    ///
    /// "Dead from t on" is monotone in t, since each comparison with `request.time` can only lose outcomes as t grows,
    /// and it changes only at the expression's own literals or one nanosecond after one.
    package var end: ConditionEnd {
        guard case .tree(let tree) = reading else { return .unknown }
        // Nothing changes before the first literal, however early.
        if tree.isDead(from: .distantPast) { return .never }
        let candidates = tree.timeLiterals.flatMap { [($0, $0), ($0, $0.next)] }
        var (alive, dead) = (0, candidates.count)
        while alive < dead {
            let middle = (alive + dead) / 2
            if tree.isDead(from: candidates[middle].1) { dead = middle } else { alive = middle + 1 }
        }
        guard dead < candidates.count else { return .unknown }
        return .at(literal: candidates[dead].0, death: candidates[dead].1)
    }

    /// Why the condition cannot be judged; nil if it was parsed.
    var notUnderstood: NotUnderstood? {
        switch reading {
        case .eligibilityMarker: .eligibilityMarker
        case .unreadable(let error): .unreadable(error)
        case .tree: nil
        }
    }

    /// The instant before which the condition cannot be true, according to its top-level `&&` clauses, with operands in
    /// either order.
    var start: Instant? {
        guard case .tree(let tree) = reading else { return nil }
        return tree.topLevelConjuncts.compactMap { tree.lowerBound($0) }.max()
    }

    /// JIT Access's time window, if the expression requires one: its top-level `&&` clauses include `request.time >=
    /// timestamp("S")` and `request.time < timestamp("E")`.
    ///
    /// If there are several of either, the first counts: JIT Access writes its own before what it adds. A window
    /// identifies the activation a binding belongs to; that it has passed does not make the condition dead.
    package var window: (start: Instant, end: Instant)? {
        guard case .tree(let tree) = reading else { return nil }
        var start: Instant?
        var end: Instant?
        for clause in tree.topLevelConjuncts {
            start = start ?? tree.bound(clause, .greaterOrEqual)
            end = end ?? tree.bound(clause, .less)
        }
        guard let start, let end else { return nil }
        return (start, end)
    }
}

/// When a condition dies: the first instant from which no instant and no resource can make it true.
package enum ConditionEnd: Equatable, Sendable {
    /// At one of its own literals, or one nanosecond after it.
    case at(literal: Instant, death: Instant)
    /// It can never be true, at any instant.
    case never
    /// No such instant can be proven.
    case unknown
}

extension ConditionTree {
    /// The instant before which the clause cannot be true.
    fileprivate func lowerBound(_ clause: ConditionNode.Index) -> Instant? {
        guard case .comparison(let comparison, let left, let right) = nodes[clause] else { return nil }
        return switch comparison {
        case .greaterOrEqual, .greater: isRequestTime(left) ? instant(right) : nil
        case .lessOrEqual, .less: isRequestTime(right) ? instant(left) : nil
        case .equal, .notEqual: nil
        }
    }

    /// The instant the clause compares `request.time` with, if it uses exactly this comparison with `request.time` on
    /// the left.
    fileprivate func bound(_ clause: ConditionNode.Index, _ wanted: ConditionNode.Comparison) -> Instant? {
        guard case .comparison(let comparison, let left, let right) = nodes[clause], comparison == wanted,
            isRequestTime(left)
        else { return nil }
        return instant(right)
    }
}
