import FoundationEssentials
import LosslessJSON

/// `deploy/announcement.schema.json`, and so much of JSON Schema (draft 2020-12) as it uses.
///
/// A keyword that is not known here is a fault, so that the schema cannot ask for something that nobody checks.
struct AnnouncementSchema {
    private static let annotations: Set<String> = ["$schema", "$defs", "title", "description"]

    private let root: JSONValue

    init() throws {
        let here = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let url = URL(filePath: "/\(here)/deploy/announcement.schema.json")
        let rules = JSONRules(maximumDepth: 32, maximumBytes: 1 << 20)
        root = try JSONDocument(Array(Data(contentsOf: url)), rules: rules).root
    }

    /// Where the value breaks the schema; the paths of the places.
    func faults(in value: JSONValue) -> [String] { faults(in: value, by: root, at: "") }

    private func faults(in value: JSONValue, by schema: JSONValue, at path: String) -> [String] {
        (schema.members ?? []).flatMap { keyword, rule -> [String] in
            let name = keyword.string ?? ""
            if name == "$ref" { return faults(in: value, by: definition(rule), at: path) }
            if name == "items" {
                return (value.elements ?? []).enumerated()
                    .flatMap { faults(in: $1, by: rule, at: "\(path)/\($0)") }
            }
            if name == "properties" {
                return (value.members ?? []).flatMap { member, value -> [String] in
                    let field = member.string ?? ""
                    return rule[field].map { faults(in: value, by: $0, at: "\(path)/\(field)") } ?? []
                }
            }
            return Self.annotations.contains(name) || holds(name, rule, value, schema) ? [] : ["\(path) \(name)"]
        }
    }

    private func holds(_ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ schema: JSONValue) -> Bool {
        switch keyword {
        case "type":
            (rule.elements ?? [rule]).contains { Self.type($0.string, fits: value) }
        case "required":
            (rule.elements ?? []).allSatisfy { value[$0.string ?? ""] != nil }
        case "additionalProperties":
            rule.boolean == false
                && (value.members ?? []).allSatisfy { schema["properties"]?[$0.name.string ?? ""] != nil }
        case "minLength":
            value.string.map { $0.unicodeScalars.count >= rule.integer ?? 0 } ?? true
        case "minItems":
            (value.elements ?? []).count >= rule.integer ?? 0
        case "minimum":
            value.kind != .number || value.integer ?? 0 >= rule.integer ?? 0
        case "const":
            value.string == rule.string
        case "pattern":
            value.string.map { Self.matches($0, rule.string ?? "") } ?? true
        default:
            false
        }
    }

    private func definition(_ reference: JSONValue) -> JSONValue {
        let name = reference.string?.split(separator: "/").last.map { String($0) } ?? ""
        return root["$defs"]?[name] ?? reference
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern) else { return false }
        return (try? expression.firstMatch(in: text)) != nil
    }

    private static func type(_ name: String?, fits value: JSONValue) -> Bool {
        switch name {
        case "object": value.kind == .object
        case "array": value.kind == .array
        case "string": value.kind == .string
        case "integer": value.integer != nil
        case "boolean": value.kind == .boolean
        case "null": value.isNull
        default: false
        }
    }
}
