/// JIT Access's markers of who may ask for a role: `has({}.jitAccessConstraint)` and its relatives.
///
/// Such a binding grants nothing, and that is its purpose; it must never be taken for one that has run out.
enum EligibilityMarker {
    /// What gives a marker away, in the lower-cased text without white space: any test of the empty map, and the
    /// names of the constraints however they are spelled around.
    private static let signs = ["has({}.", "jitaccessconstraint", "multipartyapprovalconstraint"].map { Array($0.utf8) }

    /// Whether the text holds a marker anywhere, in any letter case and with any spaces, as JIT Access looks for it
    /// (`IamCondition`, `EligibilityCondition`); a text that only quotes one is taken for one as well.
    static func isIn(_ expression: [UInt8]) -> Bool {
        signs.contains { isSign($0, in: expression.span) }
    }

    private static func isSign(_ sign: [UInt8], in text: Span<UInt8>) -> Bool {
        for start in text.indices where text[start].folded == sign[0] && isSign(sign, in: text, at: start) {
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
            // As if white space and control characters were not there.
            if byte <= 0x20 || byte == 0x7F { continue }
            guard byte.folded == sign[matched] else { return false }
            matched += 1
        }
        return true
    }
}

extension UInt8 {
    /// The byte with an ASCII capital letter made small.
    fileprivate var folded: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
