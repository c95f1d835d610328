/// JIT Access's markers for who is eligible to request a role: `has({}.jitAccessConstraint)` and its relatives.
///
/// Such a binding grants nothing by design, and must never be mistaken for an expired one.
enum EligibilityMarker {
    /// The signs of a marker in lower-cased text without whitespace: any test of the empty map, and the names of the
    /// constraints in any context.
    private static let signs = ["has({}.", "jitaccessconstraint", "multipartyapprovalconstraint"].map { Array($0.utf8) }

    /// Whether the text contains a marker anywhere, ignoring case and spaces, as JIT Access looks for it
    /// (`IamCondition`, `EligibilityCondition`); text that only quotes a marker counts too.
    static func isIn(_ expression: [UInt8]) -> Bool {
        signs.contains { isSign($0, in: expression.span) }
    }

    private static func isSign(_ sign: [UInt8], in text: Span<UInt8>) -> Bool {
        for start in text.indices where text[start].foldedASCII == sign[0] && isSign(sign, in: text, at: start) {
            return true
        }
        return false
    }

    private static func isSign(_ sign: [UInt8], in text: Span<UInt8>, at start: Int) -> Bool {
        var matched = 0
        var cursor = start
        while matched < sign.count {
            guard cursor < text.count else { return false }
            let byte = text[cursor]
            cursor += 1
            // Ignores whitespace and control characters.
            if byte <= 0x20 || byte == 0x7F { continue }
            guard byte.foldedASCII == sign[matched] else { return false }
            matched += 1
        }
        return true
    }
}
