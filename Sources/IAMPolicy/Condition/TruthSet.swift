/// What a boolean expression may evaluate to, over all the instants and resources in question.
///
/// The operators follow CEL's semantics, in which `&&` and `||` are commutative and absorb errors. Each result
/// contains every outcome that some pair of outcomes of its operands has; that the operands depend on each other is
/// left out of account, which can only make a result larger.
struct TruthSet: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let `true` = TruthSet(rawValue: 1)
    static let `false` = TruthSet(rawValue: 2)
    /// An error, or a value that is no boolean.
    static let error = TruthSet(rawValue: 4)
    /// Anything may come out.
    static let unknown: TruthSet = [.true, .false, .error]

    static prefix func ! (operand: TruthSet) -> TruthSet {
        var result = operand.intersection(.error)
        if operand.contains(.true) { result.insert(.false) }
        if operand.contains(.false) { result.insert(.true) }
        return result
    }

    /// True if both are; false if either is, whatever the other is; an error otherwise.
    func and(_ other: TruthSet) -> TruthSet {
        var result = union(other).intersection(.false)
        if contains(.true), other.contains(.true) { result.insert(.true) }
        if contains(.error), !other.isDisjoint(with: [.true, .error]) { result.insert(.error) }
        if other.contains(.error), !isDisjoint(with: [.true, .error]) { result.insert(.error) }
        return result
    }

    /// False if both are; true if either is, whatever the other is; an error otherwise.
    func or(_ other: TruthSet) -> TruthSet {
        !((!self).and(!other))
    }

    /// `self ? whenTrue : whenFalse`, of which only the chosen branch is evaluated.
    func choosing(_ whenTrue: TruthSet, _ whenFalse: TruthSet) -> TruthSet {
        var result = intersection(.error)
        if contains(.true) { result.formUnion(whenTrue) }
        if contains(.false) { result.formUnion(whenFalse) }
        return result
    }

    /// The outcomes of `==`.
    ///
    /// Values that are no booleans may be equal to each other, and engines differ on whether values
    /// of two types are unequal or an error, so nothing is known where one of them may be such a value.
    func equals(_ other: TruthSet) -> TruthSet {
        guard isDisjoint(with: .error), other.isDisjoint(with: .error) else { return .unknown }
        var result: TruthSet = []
        if !intersection(other).isEmpty { result.insert(.true) }
        if contains(.true) && other.contains(.false) || contains(.false) && other.contains(.true) {
            result.insert(.false)
        }
        return result
    }
}
