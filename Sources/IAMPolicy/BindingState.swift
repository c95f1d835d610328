package import Timestamps

/// What a binding is to this service at an instant.
package enum BindingState: Equatable, Sendable {
    /// Not JIT Access's own: another title, or none. It is left alone, whatever its condition says.
    case notJITAccess
    /// The activation has not begun yet.
    case scheduled(ActivationWindow)
    /// The activation may grant its role now.
    case live(ActivationWindow)
    /// The activation has ended, but within the grace for differences between clocks.
    case withinGrace(ActivationWindow)
    /// The condition can never be true again; the binding may go.
    case expired(ActivationWindow)
    /// JIT Access's title on something that it does not write, or that was changed: it stays.
    case notUnderstood(NotUnderstood)
}

/// Why a binding with JIT Access's title is left alone.
package enum NotUnderstood: Equatable, Sendable {
    /// The condition has no expression.
    case noExpression
    /// The expression was not read.
    case unreadable(ConditionSyntaxError)
    /// The expression marks who may ask for a role.
    case eligibilityMarker
    /// The expression does not require JIT Access's two-sided time window.
    case noWindow
    /// `members` is not an array of strings.
    case malformedMembers
}

extension NotUnderstood: CustomStringConvertible {
    /// A short sentence for logs; it repeats nothing of the policy.
    package var description: String {
        switch self {
        case .noExpression: "the condition has no expression"
        case .unreadable(let error): "the expression could not be read: \(error)"
        case .eligibilityMarker: "the expression marks eligibility"
        case .noWindow: "the expression does not require JIT Access's time window"
        case .malformedMembers: "the members are not an array of strings"
        }
    }
}

extension Binding {
    /// The title of every binding that an activation creates (JIT Access 1.1 to 1.8), compared byte for byte.
    package static let activationTitle = "JIT access activation"

    /// The binding's state.
    ///
    /// A binding is expired only if its own condition proves it (``Condition/verdict(from:)``); a window that has
    /// passed never suffices.
    ///
    /// - Parameters:
    ///   - now: The instant of the question.
    ///   - graceSeconds: How long after its end a binding is left alone; negative counts as 0. It must cover how far
    ///     IAM's clock may be behind ours.
    /// - Returns: The state; exactly one applies.
    package func state(at now: Instant, graceSeconds: Int64) -> BindingState {
        guard let title, title.utf8.elementsEqual(Self.activationTitle.utf8) else { return .notJITAccess }
        guard let expression else { return .notUnderstood(.noExpression) }
        guard members != nil else { return .notUnderstood(.malformedMembers) }
        let condition = Condition(expression: Array(expression.utf8))
        let verdict = condition.verdict(from: now.adding(seconds: -max(0, graceSeconds)))
        switch verdict {
        case .eligibilityMarker: return .notUnderstood(.eligibilityMarker)
        case .notUnderstood(let error): return .notUnderstood(.unreadable(error))
        case .dead, .mayBeTrue: break
        }
        guard let window = condition.window else { return .notUnderstood(.noWindow) }
        if verdict == .dead { return .expired(window) }
        if now < window.start { return .scheduled(window) }
        return now < window.end ? .live(window) : .withinGrace(window)
    }
}

extension Policy {
    /// The bindings with JIT Access's title, each with its state, in the policy's order.
    package func jitAccessBindings(at now: Instant, graceSeconds: Int64) -> [(binding: Binding, state: BindingState)] {
        bindings.compactMap { binding in
            let state = binding.state(at: now, graceSeconds: graceSeconds)
            return state == .notJITAccess ? nil : (binding, state)
        }
    }
}
