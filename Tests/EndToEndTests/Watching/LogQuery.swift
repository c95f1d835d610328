/// As much of the Logging query language as the files of `deploy/monitoring` use
/// (https://cloud.google.com/logging/docs/view/logging-query-language); anything else is an error.
indirect enum LogQuery {
    case all([LogQuery])
    case any([LogQuery])
    case not(LogQuery)
    case comparison(path: [String], Operator, String)

    enum Operator: String {
        case equals = "="
        case has = ":"
        case atLeast = ">="
        case above = ">"
    }

    struct Unsupported: Error {
        let what: String
    }

    init(_ text: String) throws {
        var parser = LogQueryParser(try LogQueryParser.tokens(of: text))
        self = try parser.query()
    }

    func matches(_ entry: LogEntry) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.matches(entry) }
        case .any(let parts): parts.contains { $0.matches(entry) }
        case .not(let part): !part.matches(entry)
        case .comparison(let path, let comparison, let wanted):
            entry.text(path).map { Self.compare($0, comparison, wanted, isSeverity: path == ["severity"]) } ?? false
        }
    }

    /// Texts are compared without regard to case, numbers as numbers, severities by their order.
    private static func compare(_ found: String, _ comparison: Operator, _ wanted: String, isSeverity: Bool) -> Bool {
        switch comparison {
        case .equals:
            if let found = Double(found), let wanted = Double(wanted) { return found == wanted }
            return found.lowercased() == wanted.lowercased()
        case .has:
            return found.lowercased().contains(wanted.lowercased())
        case .atLeast, .above:
            let order = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"]
            let rank = { (text: String) -> Double? in
                isSeverity ? order.firstIndex(of: text).map { Double($0) } : Double(text)
            }
            guard let found = rank(found), let wanted = rank(wanted) else { return false }
            return comparison == .atLeast ? found >= wanted : found > wanted
        }
    }
}

/// NOT binds closest, then OR, then AND; between two comparisons without a word there is an AND.
private struct LogQueryParser {
    enum Token: Equatable {
        case open
        case close
        case comparison(LogQuery.Operator)
        case quoted(String)
        case word(String)
    }

    private let tokens: [Token]
    private var next = 0

    init(_ tokens: [Token]) {
        self.tokens = tokens
    }

    private var token: Token? { next < tokens.count ? tokens[next] : nil }

    mutating func query() throws -> LogQuery {
        let query = try conjunction(of: nil)
        guard next == tokens.count else { throw LogQuery.Unsupported(what: "\(tokens[next...])") }
        return query
    }

    /// In parentheses behind an operator stand values only, which are compared with the same field.
    private mutating func conjunction(of field: (path: [String], LogQuery.Operator)?) throws -> LogQuery {
        var parts = [try disjunction(of: field)]
        while let token, token != .close {
            if token == .word("AND") { next += 1 }
            parts.append(try disjunction(of: field))
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func disjunction(of field: (path: [String], LogQuery.Operator)?) throws -> LogQuery {
        var parts = [try term(of: field)]
        while token == .word("OR") {
            next += 1
            parts.append(try term(of: field))
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func term(of field: (path: [String], LogQuery.Operator)?) throws -> LogQuery {
        guard let first = token else { throw LogQuery.Unsupported(what: "nothing") }
        next += 1
        switch first {
        case .word("NOT"):
            return .not(try term(of: field))
        case .open:
            let inner = try conjunction(of: field)
            guard token == .close else { throw LogQuery.Unsupported(what: "no closing parenthesis") }
            next += 1
            return inner
        case .word(let value) where field != nil, .quoted(let value):
            guard let field else { throw LogQuery.Unsupported(what: "a value without a field") }
            return .comparison(path: field.path, field.1, value)
        case .word(let name):
            guard case .comparison(let comparison)? = token else {
                throw LogQuery.Unsupported(what: "\(name) without an operator")
            }
            next += 1
            let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            return try term(of: (path, comparison))
        case .close, .comparison:
            throw LogQuery.Unsupported(what: "\(first)")
        }
    }

    static func tokens(of text: String) throws -> [Token] {
        var tokens: [Token] = []
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if first == "(" || first == ")" {
                tokens.append(first == "(" ? .open : .close)
                rest.removeFirst()
            } else if let match = rest.prefixMatch(of: /[=:<>!~]+/) {
                guard let comparison = LogQuery.Operator(rawValue: String(match.output)) else {
                    throw LogQuery.Unsupported(what: String(match.output))
                }
                tokens.append(.comparison(comparison))
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /"([^"\\]*)"/) {
                tokens.append(.quoted(String(match.output.1)))
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /[A-Za-z0-9_.]+/) {
                tokens.append(.word(String(match.output)))
                rest = rest[match.range.upperBound...]
            } else {
                throw LogQuery.Unsupported(what: String(rest))
            }
        }
        return tokens
    }
}
