package import Timestamps

/// What a binding is to this service at an instant.
package enum BindingState: Equatable, Sendable {
    /// Its title is not in scope: it is left alone, whatever its condition says.
    case notInScope
    /// The grant has not begun yet.
    case scheduled(GrantPeriod)
    /// The binding may grant its role now.
    case live(GrantPeriod)
    /// The grant has ended, but within the grace for differences between clocks.
    case withinGrace(GrantPeriod)
    /// The condition can never be true again; the binding may go.
    case expired(GrantPeriod)
    /// No instant makes the condition true, not even one before its end: it never granted anything, and stays.
    case neverGranted
    /// No end of the condition can be proven: it stays.
    case noEnd
    /// Its condition is not read, or not of the form that its title stands for: it stays.
    case notUnderstood(NotUnderstood)
    /// It is Privileged Access Manager's, which removes it itself: it stays, whatever its condition says.
    case pam

    /// When the role is granted; nil where that is not known.
    package var period: GrantPeriod? {
        switch self {
        case .scheduled(let period), .live(let period), .withinGrace(let period), .expired(let period): period
        case .notInScope, .neverGranted, .noEnd, .notUnderstood, .pam: nil
        }
    }
}

/// The time in which a temporary binding grants its role.
package struct GrantPeriod: Hashable, Sendable {
    /// The first instant of the grant; nil if the condition names none.
    package let start: Instant?
    /// The literal at which the condition dies; what is logged, listed and announced as the end.
    package let end: Instant
    /// The first instant from which the condition can never be true: ``end``, or one nanosecond later.
    package let death: Instant

    /// A period from its parts; the death is the end unless the condition is still true there.
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

    /// The title of every binding that Privileged Access Manager creates and removes.
    static let pamTitle = "Created by: PAM"

    /// The binding's state.
    ///
    /// A binding is expired only if its own condition proves it (``Condition/end``); a window that has passed never
    /// suffices. With JIT Access's title it must also have JIT Access's two-sided window.
    ///
    /// - Parameters:
    ///   - now: The instant of the question.
    ///   - graceSeconds: How long after its end a binding is left alone; negative counts as 0. It must cover how far
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

extension NamePatterns {
    /// JIT Access's title: what is in scope unless the operator says otherwise.
    package static let activations = NamePatterns(exactly: Binding.activationTitle)

    /// Whether JIT Access's bindings are in scope.
    package var includeActivations: Bool { contain(Binding.activationTitle) }
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
