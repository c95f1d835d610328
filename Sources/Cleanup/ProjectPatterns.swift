/// Which projects may be touched: project IDs, or beginnings of them with a `*` at the end.
package struct ProjectPatterns: Sendable, Equatable {
    /// Every project.
    package static let any = ProjectPatterns(exact: nil, prefixes: [])

    /// Nil: every project.
    private let exact: Set<String>?
    private let prefixes: [String]

    private init(exact: Set<String>?, prefixes: [String]) {
        self.exact = exact
        self.prefixes = prefixes
    }

    /// Patterns such as `my-project` and `prod-*`; nil if one has characters that no project ID has, or if there is none.
    package init?(_ patterns: [String]) {
        var exact: Set<String> = []
        var prefixes: [String] = []
        for pattern in patterns {
            let prefix = pattern.hasSuffix("*") ? String(pattern.dropLast()) : nil
            guard (prefix ?? pattern).utf8.allSatisfy(Self.isProjectCharacter) else { return nil }
            if let prefix {
                prefixes.append(prefix)
            } else {
                guard !pattern.isEmpty else { return nil }
                exact.insert(pattern)
            }
        }
        guard !exact.isEmpty || !prefixes.isEmpty else { return nil }
        self.init(exact: exact, prefixes: prefixes)
    }

    /// Whether a project of this ID may be touched.
    package func allow(_ project: String) -> Bool {
        guard let exact else { return true }
        return exact.contains(project) || prefixes.contains { project.hasPrefix($0) }
    }

    private static func isProjectCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: false
        }
    }
}
