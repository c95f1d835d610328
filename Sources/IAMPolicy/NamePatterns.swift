/// Patterns of names: a trailing `*` makes a pattern a prefix, a leading `!` excludes and always wins.
///
/// Names are compared byte for byte. `*` alone matches every name, even a missing one.
package struct NamePatterns: Equatable, Sendable {
    /// Matches every name, even a missing one.
    package static let any = NamePatterns(included: [Pattern(text: [], isBeginning: true)], excluded: [])
    /// JIT Access's title: the default scope of titles.
    package static let activations = NamePatterns(exactly: Binding.activationTitle)

    private struct Pattern: Equatable {
        let text: [UInt8]
        let isBeginning: Bool

        func matches(_ name: [UInt8]) -> Bool { isBeginning ? name.starts(with: text) : name == text }
    }

    private let included: [Pattern]
    private let excluded: [Pattern]

    private init(included: [Pattern], excluded: [Pattern]) {
        self.included = included
        self.excluded = excluded
    }

    /// Matches exactly one name.
    package init(exactly name: String) {
        self.init(included: [Pattern(text: Array(name.utf8), isBeginning: false)], excluded: [])
    }

    /// Parses patterns; nil if one is empty or has a `*` elsewhere, or if nothing is included (for "all but", use `*`
    /// with exclusions).
    package init?(_ patterns: [String]) {
        var (included, excluded): ([Pattern], [Pattern]) = ([], [])
        for pattern in patterns {
            let isExcluded = pattern.utf8.first == UInt8(ascii: "!")
            let isBeginning = pattern.utf8.last == UInt8(ascii: "*")
            let text = Array(pattern.utf8.dropFirst(isExcluded ? 1 : 0).dropLast(isBeginning ? 1 : 0))
            // Another `*` would look like a wildcard.
            guard isBeginning || !text.isEmpty, !text.contains(UInt8(ascii: "*")) else { return nil }
            if isExcluded {
                // `!*` would exclude everything.
                guard !text.isEmpty else { return nil }
                excluded.append(Pattern(text: text, isBeginning: isBeginning))
            } else {
                included.append(Pattern(text: text, isBeginning: isBeginning))
            }
        }
        guard !included.isEmpty else { return nil }
        self.init(included: included, excluded: excluded)
    }

    /// Adds exclusions, given without the `!`; nil if one of them is not a valid pattern.
    package func excluding(_ patterns: [String]) -> NamePatterns? {
        guard let more = NamePatterns(["*"] + patterns.map { "!\($0)" }) else { return nil }
        return NamePatterns(included: included, excluded: excluded + more.excluded)
    }

    /// Whether JIT Access's title matches.
    package var includeActivations: Bool { contain(Binding.activationTitle) }

    /// Whether every name that is not excluded matches.
    package var includesAll: Bool { included.contains { $0.isBeginning && $0.text.isEmpty } }

    /// Whether a name matches; nil stands for a missing name.
    package func contain(_ name: String?) -> Bool {
        guard let name = name.map({ Array($0.utf8) }) else { return includesAll }
        return included.contains { $0.matches(name) } && !excluded.contains { $0.matches(name) }
    }
}
