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
        var folded: [UInt8] = []
        folded.reserveCapacity(expression.count)
        for byte in expression where byte > 0x20 && byte != 0x7F {
            folded.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
        }
        return signs.contains { contains($0, in: folded) }
    }

    private static func contains(_ sign: [UInt8], in text: [UInt8]) -> Bool {
        guard text.count >= sign.count else { return false }
        return (0...(text.count - sign.count)).contains { start in
            text[start] == sign[0] && text[start..<(start + sign.count)].elementsEqual(sign)
        }
    }
}
