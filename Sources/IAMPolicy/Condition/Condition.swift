package import Timestamps

/// The expression of an IAM condition (CEL), as far as this service needs to understand it.
///
/// Nothing but the expression is evidence: not a title, not a description, not a role.
package struct Condition: Sendable {
    private enum Reading {
        case eligibilityMarker
        case unreadable(ConditionSyntaxError)
        case tree(ConditionTree)
    }

    private let reading: Reading

    /// Reads an expression, given as UTF-8; what cannot be read gives a condition that is never dead.
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

    /// Whether the condition can be true at any instant from the cutoff on, for any resource.
    ///
    /// - Parameter cutoff: The earliest instant at which the condition may still be evaluated: now, less a grace for
    ///   the difference between clocks.
    /// - Returns: ``ConditionVerdict/dead`` if that is proven, else why the condition is kept.
    package func verdict(from cutoff: Instant) -> ConditionVerdict {
        switch reading {
        case .eligibilityMarker: .eligibilityMarker
        case .unreadable(let error): .notUnderstood(error)
        case .tree(let tree): tree.outcomes(from: cutoff).contains(.true) ? .mayBeTrue : .dead
        }
    }

    /// JIT Access's time window, if the expression requires one: among the clauses that `&&` joins at the top there
    /// are `request.time >= timestamp("S")` and `request.time < timestamp("E")`.
    ///
    /// Where there are several of either, the first counts: JIT Access writes its own in front of what it adds. A
    /// window says which activation a binding belongs to; that it has passed does not make the condition dead.
    package var window: ActivationWindow? {
        guard case .tree(let tree) = reading else { return nil }
        var start: Instant?
        var end: Instant?
        for clause in tree.topLevelConjuncts {
            start = start ?? tree.bound(clause, .greaterOrEqual)
            end = end ?? tree.bound(clause, .less)
        }
        guard let start, let end else { return nil }
        return ActivationWindow(start: start, end: end)
    }

    /// Whether the expression requires more than a window, such as a resource.
    package var hasFurtherClauses: Bool {
        guard case .tree(let tree) = reading else { return false }
        return tree.topLevelConjuncts.count > (window == nil ? 0 : 2)
    }
}

/// Whether a condition can ever be true again.
package enum ConditionVerdict: Equatable, Sendable {
    /// No instant from the cutoff on and no resource can make it true.
    case dead
    /// It may be true, now or later, for some resource, as far as can be told.
    case mayBeTrue
    /// It marks who may ask for a role, and is never removed.
    case eligibilityMarker
    /// Its text was not read, so it counts as one that may be true.
    case notUnderstood(ConditionSyntaxError)
}

/// The time in which an activation grants its role: from the start on, and before the end.
package struct ActivationWindow: Hashable, Sendable {
    /// The first instant of the grant.
    package let start: Instant
    /// The first instant after the grant.
    package let end: Instant

    /// A window from its two ends.
    package init(start: Instant, end: Instant) {
        self.start = start
        self.end = end
    }
}

extension ConditionTree {
    /// The instant that the clause compares `request.time` with, if it is written in exactly that way round.
    fileprivate func bound(_ clause: ConditionNode.Index, _ wanted: ConditionNode.Comparison) -> Instant? {
        guard case .comparison(let comparison, let left, let right) = nodes[clause], comparison == wanted,
            isRequestTime(left)
        else { return nil }
        return instant(right)
    }
}
