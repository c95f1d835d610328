/// The possible outcomes of a boolean expression over all instants and resources in question.
///
/// The operators follow CEL's semantics, in which `&&` and `||` are commutative and absorb errors. Each result contains
/// every outcome that some pair of operand outcomes has; dependencies between operands are ignored, which can only make
/// a result larger.
struct TruthSet: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    static let `true` = TruthSet(rawValue: 1)
    static let `false` = TruthSet(rawValue: 2)
    /// An error, or a value that is not a boolean.
    static let error = TruthSet(rawValue: 4)
    /// Any outcome is possible.
    static let unknown: TruthSet = [.true, .false, .error]

    static prefix func ! (operand: TruthSet) -> TruthSet {
        var result = operand.intersection(.error)
        if operand.contains(.true) { result.insert(.false) }
        if operand.contains(.false) { result.insert(.true) }
        return result
    }

    /// True if both are true; false if either is false, whatever the other is; otherwise an error.
    func and(_ other: TruthSet) -> TruthSet {
        var result = union(other).intersection(.false)
        if contains(.true), other.contains(.true) { result.insert(.true) }
        if contains(.error), !other.isDisjoint(with: [.true, .error]) { result.insert(.error) }
        if other.contains(.error), !isDisjoint(with: [.true, .error]) { result.insert(.error) }
        return result
    }

    /// False if both are false; true if either is true, whatever the other is; otherwise an error.
    func or(_ other: TruthSet) -> TruthSet {
        !((!self).and(!other))
    }

    /// `self ? whenTrue : whenFalse`, which evaluates only the chosen branch.
    func choosing(_ whenTrue: TruthSet, _ whenFalse: TruthSet) -> TruthSet {
        var result = intersection(.error)
        if contains(.true) { result.formUnion(whenTrue) }
        if contains(.false) { result.formUnion(whenFalse) }
        return result
    }

    /// The possible outcomes of `==`.
    ///
    /// Non-boolean values may be equal to each other, and engines differ on whether values of different types are
    /// unequal or an error, so nothing is known if either may be such a value.
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
