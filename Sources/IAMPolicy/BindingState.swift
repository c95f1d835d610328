package import Timestamps

/// The state of a binding at an instant, as far as removal is concerned.
package enum BindingState: Equatable, Sendable {
    /// Its title is not in scope: it stays, whatever its condition says.
    case notInScope
    /// The grant has not begun yet.
    case scheduled(GrantPeriod)
    /// The binding may grant its role now.
    case live(GrantPeriod)
    /// The grant has ended, but less than the grace period for clock differences ago.
    case withinGrace(GrantPeriod)
    /// The condition can never be true again; the binding may be removed.
    case expired(GrantPeriod)
    /// No instant makes the condition true, not even one before its end: it never granted anything, and stays.
    case neverGranted
    /// No end of the condition can be proven: it stays.
    case noEnd
    /// Its condition could not be parsed, or lacks the form its title implies: it stays.
    case notUnderstood(NotUnderstood)
    /// It belongs to Privileged Access Manager, which removes it itself: it stays, whatever its condition says.
    case pam

    /// The period in which the role is granted; nil if unknown.
    package var period: GrantPeriod? {
        switch self {
        case .scheduled(let period), .live(let period), .withinGrace(let period), .expired(let period): period
        case .notInScope, .neverGranted, .noEnd, .notUnderstood, .pam: nil
        }
    }
}

/// The period in which a temporary binding grants its role.
package struct GrantPeriod: Hashable, Sendable {
    /// The first instant of the grant; nil if the condition names none.
    package let start: Instant?
    /// The timestamp literal at which the condition ends; logged, listed and announced as the end.
    package let end: Instant
    /// The first instant from which the condition can never be true: ``end``, or one nanosecond later.
    package let death: Instant

    /// Creates a period; `death` defaults to `end`, which is right unless the condition is still true there.
    package init(start: Instant?, end: Instant, death: Instant? = nil) {
        self.start = start
        self.end = end
        self.death = death ?? end
    }
}

/// Why a binding whose title is in scope is left alone.
package enum NotUnderstood: Equatable, Sendable {
    /// The condition has no expression.
    case noExpression
    /// The expression could not be parsed.
    case unreadable(ConditionSyntaxError)
    /// The expression marks who is eligible to request a role.
    case eligibilityMarker
    /// The expression does not require JIT Access's two-sided time window.
    case noWindow
    /// `members` is not an array of strings.
    case malformedMembers
}

extension NotUnderstood: CustomStringConvertible {
    /// A short sentence for logs; contains no text from the policy.
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
    /// The title of every binding an activation creates (JIT Access 1.1 to 1.8), compared byte for byte.
    package static let activationTitle = "JIT access activation"

    /// The title of every binding that Privileged Access Manager creates and removes.
    static let pamTitle = "Created by: PAM"

    /// Determines the binding's state at an instant.
    ///
    /// A binding is expired only if its own condition proves it (``Condition/end``); a time window that has passed is
    /// never enough. With JIT Access's title it must also have JIT Access's two-sided window.
    ///
    /// - Parameters:
    ///   - now: The instant to judge at.
    ///   - graceSeconds: Seconds a binding is left alone after its end; negative counts as 0. It must cover how far
    ///     IAM's clock may be behind ours.
    ///   - titles: The titles in scope.
    /// - Returns: The state; exactly one applies.
    package func state(at now: Instant, graceSeconds: Int64, titles: NamePatterns) -> BindingState {
        guard hasCondition, titles.contain(title) else { return .notInScope }
        if has(title: Self.pamTitle) { return .pam }
        guard let expression else { return .notUnderstood(.noExpression) }
        guard members != nil else { return .notUnderstood(.malformedMembers) }
        let condition = Condition(expression: Array(expression.utf8))
        if let reason = condition.notUnderstood { return .notUnderstood(reason) }
        var start = condition.start
        if has(title: Self.activationTitle) {
            guard let window = condition.window else { return .notUnderstood(.noWindow) }
            start = window.start
        }
        switch condition.end {
        case .never: return .neverGranted
        case .unknown: return .noEnd
        case .at(let literal, let death):
            let period = GrantPeriod(start: start, end: literal, death: death)
            if death <= now.adding(seconds: -max(0, graceSeconds)) { return .expired(period) }
            if let start, now < start { return .scheduled(period) }
            return now < death ? .live(period) : .withinGrace(period)
        }
    }

    private func has(title: String) -> Bool { self.title?.utf8.elementsEqual(title.utf8) ?? false }
}

extension Policy {
    /// The bindings with a condition whose title is in scope, each with its state, in the policy's order.
    package func bindingsInScope(
        at now: Instant,
        graceSeconds: Int64,
        titles: NamePatterns
    ) -> [(binding: Binding, state: BindingState)] {
        bindings.compactMap { binding in
            let state = binding.state(at: now, graceSeconds: graceSeconds, titles: titles)
            return state == .notInScope ? nil : (binding, state)
        }
    }
}
