internal import Configuration

/// Reads settings one by one and collects all faults instead of stopping at the first.
///
/// An empty variable counts as unset, since that is how deployment tools express "none". Faults name the variable.
package struct SettingsReader {
    private let config: ConfigReader
    private(set) var faults: [String] = []

    init(environment: [String: String]) {
        config = ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment))
    }

    /// Records a fault that concerns more than one variable.
    mutating func fault(_ line: String) { faults.append(line) }

    /// Splits a comma-separated list and trims spaces from its parts.
    package static func split(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            var part = part.drop { $0 == " " }
            while part.last == " " { part.removeLast() }
            return String(part)
        }
    }

    mutating func fault(_ name: String, _ text: String) {
        faults.append("\(name): \(text)")
    }

    mutating func optional(_ name: String) -> String? {
        // The environment provider joins a key's components with underscores.
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        guard let text = config.string(forKey: key), !text.isEmpty else { return nil }
        // For example, a trailing line feed in a mounted secret: the value would never match, for no visible reason.
        if text.first?.isWhitespace == true || text.last?.isWhitespace == true
            || text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        {
            let line = "\(name): has white space at an end, or a control character"
            if !faults.contains(line) { faults.append(line) }
        }
        return text
    }

    mutating func text(_ name: String, default fallback: String) -> String { optional(name) ?? fallback }

    mutating func required(_ name: String, _ meaning: String) -> String {
        if let text = optional(name) { return text }
        faults.append("\(name) is required: \(meaning)")
        return ""
    }

    mutating func requiredList(_ name: String, _ meaning: String) -> [String] {
        let parts = Self.split(required(name, meaning))
        if optional(name) != nil, parts.contains("") { fault(name, "has an empty part") }
        return parts
    }

    mutating func value<Value>(
        _ name: String,
        _ read: (String) -> Value?,
        orFault fault: (String) -> String
    ) -> Value? {
        guard let text = optional(name) else { return nil }
        let value = read(text)
        if value == nil { self.fault(name, fault(text)) }
        return value
    }

    mutating func list<Value>(
        _ name: String,
        _ read: (String) -> Value?,
        orFault fault: (String) -> String
    ) -> [Value] {
        guard let text = optional(name) else { return [] }
        return Self.split(text).compactMap { part in
            let value = read(part)
            if value == nil { self.fault(name, part.isEmpty ? "has an empty part" : fault(part)) }
            return value
        }
    }

    mutating func integer(_ name: String, default fallback: Int64, in range: ClosedRange<Int64>) -> Int64 {
        value(name) {
            Int64($0).flatMap { range.contains($0) ? $0 : nil }
        } orFault: {
            "\($0) is not a whole number from \(range.lowerBound) to \(range.upperBound)"
        } ?? fallback
    }

    mutating func choice<Value>(_ name: String, default fallback: Value, _ choices: [(String, Value)]) -> Value {
        value(name) { text in
            choices.first { $0.0 == text.lowercased() }?.1
        } orFault: {
            "\($0) is none of \(choices.map(\.0).joined(separator: ", "))"
        } ?? fallback
    }
}
